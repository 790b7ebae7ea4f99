"""What is taken for granted of directions, and of connections in which nothing was said."""

from __future__ import annotations

from wanwitness.model.assumption import count

# directions
FAR_HOPS = count(
    8,
    "Who is so many routers away is not on the site; some systems begin with 60 hops, and a site has few routers.",
)

# listed
MOST_WITH_ONE_ISN = count(
    16,
    "Connections of one capture point that begin with one number: of more it is no longer chance.",
)

# uncounted
MOST_SERVERS = count(
    1_000,
    "Rows of the count; a scan of the whole Internet has millions of servers, and the least of them are told together.",
)
MOST_LOOKED_AT = count(
    65_536,
    "Their servers of which every question is read: of more, only those that sessions went to.",
)
