"""What is taken for granted of directions."""

from __future__ import annotations

from wanwitness.model.assumption import count

# directions
FAR_HOPS = count(
    8,
    "Who is so many routers away is not on the site; some systems begin with 60 hops, and a site has few routers.",
)
ROUTER_HOPS = count(4, "Routers between the places where the two sides were captured.")
