"""Which answer gave each session its address, and by which link that came.

relevant       which DNS messages are read at all
lookup, lookups, time_index    each exchange on the reference clock; all by host, address and name; by time
direct, forwarder, forwarder_cache, forwarder_timing     which upstream question was put for which of a client's
crowds         when too many were under way at once to tell
trace          by which link an answer came: direct, forwarded or from the forwarder's cache
inferred, dns64      what must have been answered though it was not captured; what a DNS64 made of an answer
habits, habits_by_then, majority    how a host goes from an answer to a connection: stub resolvers, caches of their own;
               as it was known when a connection was opened, and no later
seen           what of hosts and forwarders is remembered of sessions that are let go of
asker, opening, openings, histories, answers   who opened a connection and when, and what it had been told by then
objections, missed, router_own, encrypted, cut_answers, unkept_answers, doubtful_link    what makes an answer doubtful
which_answer   all of that weighed ─► Resolved: the answer that counts, or why none does
resolve        for every session, in the light of its host's other connections
"""

from .assumptions import FORWARDER_PATIENCE_NS
from .relevant import choose
from .resolve import Resolver
from .seen import Seen

__all__ = ["FORWARDER_PATIENCE_NS", "Resolver", "Seen", "choose"]
