"""The mechanisms, each of which sets something in a world's plan; a world has one or two of them.

Their groups, by the beginning of their names: `stub` (how hosts look up), `program` (what sends mail, and when),
`forwarder` (the router's), `direct` (clients that ask past it), `own` (what the router does for itself), `host` (inner
NAT, dual stack), `links` (that look alike), `relay` (names, addresses, views, TTLs), `connection`, `unasked` (spoofed,
late, truncated, refused answers), `capture` (what is wrong with it). The seeds hang on their order, which is that of
ROOMS; what is wrong with the captures comes last, when it is known how long the world lasts.
"""

from importlib import import_module

from .registry import MECHANISMS, named, plan_of

ROOMS = ("lookups", "sending", "forwarding", "redirecting", "places", "connecting", "capturing")
for _room in ROOMS:
    import_module(f"{__name__}.{_room}")

__all__ = ["MECHANISMS", "named", "plan_of"]
