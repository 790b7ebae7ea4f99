"""What is taken for granted of hosts that ask, of forwarders and of caches."""

from __future__ import annotations

from wanwitness.model.assumption import count, number, seconds, share

# answers
NEARLY_OVER = count(
    8,
    "A cache renews an answer when so small a part of its time is left: unbound's is a tenth, others' are smaller.",
)
MOST_TRIES_NS = seconds(30, "A resolver tries its servers for so long.")

# forwarder
PROMPT_NS = seconds(0.002, "A cache answers within this time, however busy its host.")

# crowds
MOST_AT_ONCE = count(
    256,
    "So many look-ups of one name that are under way at once are more than an office has; in a flood of one question "
    "nothing tells who caused which.",
)

# forwarder_cache
TTL_ROUNDING_NS = seconds(1.5, "Caches count whole seconds, and round at filling and at serving.")
SUPERSEDED_NS = seconds(
    0.002,
    "A question that reached the forwarder so soon after an answer may have overtaken it on the way to its cache.",
)

# forwarder_timing
AT_ONCE_NS = seconds(
    0.005,
    "A router that asks all its servers sends the questions, and passes the first answer on, within this time.",
)
ENOUGH_FORWARDED = count(20, "So many forwarded questions show how soon a forwarder usually asks and passes on.")

# habits
FEW_NS = seconds(1, "A host of which nothing is known connects within this time (DESIGN section 3).")
MOST_NS = seconds(5, "What comes later is the use of an answer that was kept, however slow the host is.")
LEAST_NS = seconds(0.05, "What is usual of a host is never less than this: scheduling alone may take so long.")
LEAST_OF_FEW_NS = seconds(
    0.25,
    "Nor, where few of its connections are known, than this: a busy host may have been slow for once.",
)
ENOUGH_USES = count(8, "So many connections that follow an answer show how soon a host usually connects.")
ENOUGH_WAITED = count(
    3,
    "Hosts that keep answers are taken to wait for those that they ask for if none connected before its answer, though "
    "so many would have, had they not waited: one in twenty such rows is chance.",
)
TIMES_USUAL = count(
    8,
    "A host usually connects within so many times what the faster quarter of its connections take: of times "
    "that spread as an exponential does, 90 of 100 are within eight. Those that used an answer that was kept "
    "are not among the fastest.",
)
TIMES_OF_FEW = count(20, "The same factor where few connections are known.")
TIMES_OF_SLOWEST = count(
    2,
    "A host that keeps nothing connects within so many times what all but the slowest hundredth of its "
    "connections take.",
)
TIMES_OF_KEEPERS = count(
    4,
    "Of a host that keeps answers, what comes within so many times what the faster quarter takes is hardly chance,",
)
LEAST_OF_KEEPERS_NS = seconds(0.02, "within this time at least,")
MOST_OF_KEEPERS_NS = seconds(0.1, "and within this time at most.")
CHANCE = share(
    0.05,
    "So many of the connections within a time after an answer may be chance at most where a host that keeps answers is "
    "taken to connect within that time to what it asked for.",
)
REFRESHES = share(
    0.05,
    "A host is taken to serve answers that are out of date, and to renew them meanwhile, if so many of its "
    "connections do not wait for the answer to a question just before (RFC 8767).",
)
SEVERAL = count(
    4,
    "Of so many connections one alone that uses an answer past its time hardly does: a look-up was missed.",
)
KEEPS = share(
    0.1,
    "The share of a host's connections to an address that no question precedes, from which on it counts as keeping it; "
    "and the same share of all, from which on a host of which few connections are known counts as keeping it too.",
)

# habits_by_then
LEARNING_NS = seconds(
    300,
    "Habits that show so soon after the first connection hold of those before, too: of few connections next to nothing "
    "is known, least of all who uses answers whose time is over.",
)
EACH_COUNTS = count(64, "Up to so many connections, each changes what is known of habits; they are few.")
LEARNT_ANEW = count(4, "Beyond, habits are learnt anew by every sixteenth to eighth part of them: 4 bits of the count.")
MOST_LEARNT = count(4_096, "So many connections, the latest, show habits, and so many look-ups a forwarder's.")

# lookup
FORWARDER_PATIENCE_NS = seconds(
    10,
    "A question without an answer may have been forwarded for so long after it was put.",
)
PASSED_ON_NS = seconds(0.1, "A forwarder passes on what was answered, within this time.")
UNSEEN_NS = seconds(1, "A question that was not captured was put so long before its answer, at most: longer is rare.")

# lookups
REFRESH_NS = seconds(0.1, "A cache that renews its entries before they expire asks at once when it has served one.")
OTHER_VIEWS = count(
    5,
    "So many answers by other links that lack an address show that theirs never hold it: pools hand out parts in turn.",
)
BY_TCP_NS = seconds(
    1, "Who is told that an answer is truncated has asked again by TCP within this time, the handshake included."
)
COPY_NS = seconds(0.01, "A packet takes no longer from one interface of a host to the next.")

# objections
TIMES_NEARER = count(
    8,
    "What came so many times as long before the connection as the latest answer did is no rival of it.",
)
RETRY_NS = seconds(
    300,
    "A program may try again for so long with what it knows: postfix's queue comes back to a mail after 300 s "
    "at first.",
)

# opening
NEAREST = count(8, "Of the connections that are no sessions so many at either end of a span are looked at.")

# openings
FIRST_REPEAT_NS = seconds(0.9, "A SYN is repeated after a second at first (RFC 6298), by a timer that may be early.")
HANDSHAKE_NS = seconds(4, "A SYN is answered within this time, its repeats after 1 and 3 s included (RFC 6298).")
GREETING_NS = seconds(60, "A server that delays its greeting, as some do to tell spammers, does so for less.")

# relevant
MOST_READ_FOR_DIRECT = count(16, "Messages to each resolver that are read to see whether a LAN host asks it itself.")

# resolve
IDLE = share(
    0.2,
    "The share of its questions that lead to no connection, from which on a router that also keeps answers asks idly.",
)

# router_own
PROMPTLY_NS = seconds(
    0.1,
    "A router of whose habits little is known connects so soon after an answer that it asked for to connect.",
)

# trace
LONG_LIVED_S = number(
    60,
    "s",
    "Of two answers that come at any time and are good for so long, few expire within the same seconds.",
)
STALE_TTL_S = number(
    30,
    "s",
    "The TTL of answers that a cache serves though they are out of date, at most (RFC 8767 section 4).",
)

# which_answer
MOST_MOMENTS = count(
    32,
    "A connection whose SYN was not captured may follow so many answers; beyond, nobody needs to go through them.",
)
