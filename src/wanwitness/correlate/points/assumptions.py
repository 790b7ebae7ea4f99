"""What is taken for granted of links and hosts."""

from __future__ import annotations

from wanwitness.model.assumption import count, number, share

# inner_nat
CRYSTALS = share(
    0.0002,
    "By what share the host's clock and the capture's may differ together; crystals keep within half of it.",
)
JITTER_S = number(0.02, "s", "A SYN is captured so much later than its time stamp was taken, at most.")
LONGEST_S = number(
    86400,
    "s",
    "Connections further apart are not compared: by then their clocks may lie anywhere near.",
)
AT_ONCE = count(
    128,
    "Connections to one server that are compared with each other; of more, each so many that follow each other.",
)
ON_ONE_CLOCK = share(
    0.5,
    "So many of them lie on a clock with another, at least, where values are not drawn at random for each.",
)

# link_facts
MOST_ADDRESSES = count(
    4,
    "Addresses taken for a link's by use alone; a router has one or two, and a site without NAT has many.",
)
MOST_USED = count(8, "Resolvers and relays listed by use alone, the most used first.")

# one_link
MOST_COMPARED = count(
    512,
    "WAN points: of more, only those that share an address are compared, and all others may be one link.",
)
STRANGERS_SHARE = share(0.05, "An address that asked a smaller part of a link's questions may be a stranger's.")
