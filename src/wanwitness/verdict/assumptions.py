"""What is taken for granted when it is judged."""

from __future__ import annotations

from wanwitness.model.assumption import count, number, seconds, share

# bounces
BOUNCED_WITHIN_NS = seconds(432000, "RFC 5321 section 4.5.4.1: a relay gives up after four to five days.")

# contradictions
OLD_S = number(
    86400.0,
    "s",
    "An answer that is older than a day, and than ten times its time to live, is of another time than the "
    "connection. A program that keeps answers for ever (Java's old default) does so too, but not most of what a "
    "site does.",
)
TIMES_TTL = count(
    10,
    "An answer that is older than a day, and than ten times its time to live, is of another time than the "
    "connection. A program that keeps answers for ever (Java's old default) does so too, but not most of what a "
    "site does.",
)
SHARED_CONNECTIONS = share(
    0.5,
    "The share of a capture's connections that another one shows as well, from which on both saw one place.",
)

# findings
OPEN_NS = seconds(
    600,
    "A connection may be silent for so long before it ends: SMTP's longest timeout (RFC 5321, section 4.5.3.2).",
)
