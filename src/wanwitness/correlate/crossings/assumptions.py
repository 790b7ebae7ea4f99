"""What is taken for granted of routers, proxies and what they leave unchanged."""

from __future__ import annotations

from wanwitness.model.assumption import count, seconds, share

# by_dialogue
PROXY_START_NS = seconds(
    60,
    "A proxy opens its own connection within this time of the client's; a minute is the patience of mail clients.",
)
ENOUGH_DIALOGUES = count(3, "Dialogues that must agree on what the clocks of two captures are apart.")
CERTAIN_BY_DIALOGUE = share(0.95, "How sure a pair is of which everything that was said agrees.")

# by_handshake
PASSING_SYN_NS = seconds(
    0.1,
    "A router holds a SYN back no longer than this, unless it is very busy: 2^-16 is enough only among few.",
)

# by_sequence
PASSING_NS = seconds(2, "A router that is busy may hold a packet back for so long.")
LEG_NS = seconds(1, "Two captures of the LAN show one connection within this time.")
FIRST_MARKS = count(3, "Payloads of a direction that a stream is found by.")
CROWD = count(
    128,
    "Connections of one number that are all compared with one another: a device that counts from one at every start.",
)
NEAREST = count(
    16,
    "Of more, so many of each side of the time, and so many of the same ends, are: retries come next to one another.",
)
LAN_HOPS = count(4, "Routers on the LAN between two places where one connection was captured.")

# by_tls_random
CERTAIN_BY_RANDOM = share(0.999, "How sure a pair is that has its TLS randoms in common.")
MOST_WITH_ONE_RANDOM = count(
    8,
    "What more connections than this have in common was not chosen at random, and is no key.",
)

# drawn_numbers
MOST_WITH_ONE_NUMBER = count(
    2,
    "Connections of one side that begin with one number: one, and its repeat by another link. More did not draw it.",
)

# identifiers
LABEL_WEIGHT = count(
    4,
    "How many mismatches a label that differs counts for: more than a word that was masked.",
)

# opener
MOST_MARKS = count(8, "Payloads of a direction whose places are compared.")
ROUTER_HOPS = count(4, "Routers between the places where the two sides were captured.")
