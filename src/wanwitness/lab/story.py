"""The README of a story's folder: what it tells, part by part, and how its time was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .shifting import Calendar

TOLD = "incident"
"""The scenario that has a README of its own."""
HEAD = """\
# The incident

An office has two Internet links, Orange's and SFR's, and one router. Its mail leaves through the relay of the link's
provider, without a password: the relay knows its own subscribers. For that the relay's name must be resolved by the
link's own resolver, over that link (elsewhere it leads to a relay that wants a log-in), and the mail must leave by the
same link.

The router has *SMTP forwarding*: it takes every connection to port 25, chooses a link and connects it to that link's
relay. What nobody knew: it resolves the relay's name over whichever link it likes. When that is the other one, mail is
refused with `530 5.7.0 Authentication required`.

The administrator had three explanations, one after the other, for things that he had done before it worked
again: a call to Orange's hotline, a visit to its webmail, a log-in to its POP server. None had to do with it. The
captures show what had: in each refused session the router's own look-up left by SFR's link and the mail by Orange's.

    wanwitness analyze .

`lan0.pcap`, `wan1.pcap` and `wan2.pcap` are the router's LAN side, Orange's link and SFR's; `site.toml` is the site and
what people did that no packet shows, `truth.json` what happened to each session, from the servers' and the router's
logs. The first five weeks follow his account. The fortnight from 23 November on is made up, as people do: each refusal
is answered by what had seemed to help.
"""
SHIFTED = """\
## How it was made

By `{how}`: real resolvers, mail servers and a router, in network namespaces.
The {parts} parts were played one after the other, in {seconds:.0f} seconds.
Afterwards every packet of a part, and its lines of truth, were moved by the time in the table's last column, alike
in all three captures; within a part nothing was changed. No packet shows the days between the parts.
What packets and servers themselves say of time stayed as it was: TCP's time stamps, dates in mail.
"""


def readme(calendar: Calendar, truth: Sequence[dict[str, Any]], how: str) -> str:
    """Return the README of the incident."""
    shown = [cut + offset for cut, offset in calendar.cuts]
    sessions: list[Counter[str]] = [Counter() for _ in shown]
    for row in truth:
        sessions[max(index for index, begin in enumerate(shown) if begin <= row["start"])][row["outcome"]] += 1
    flagged, refused = (sum(row[key] == value for row in truth) for key, value in _COUNTED)
    lines = [
        HEAD,
        f"Of {len(truth)} sessions {refused} were refused; in {flagged} the links of resolver and mail differ.",
        "",
        "| when (UTC) | what happens | sessions | moved by |",
        "| --- | --- | --- | --- |",
    ]
    for (_, offset), begin, what, counted in zip(calendar.cuts, shown, calendar.parts, sessions, strict=True):
        moment = datetime.fromtimestamp(begin, UTC).strftime("%Y-%m-%d %H:%M")
        count = ", ".join(f"{number} {outcome}" for outcome, number in counted.items()) or "none"
        lines.append(f"| {moment} | {what} | {count} | {offset:+.3f} s |")
    seconds = calendar.cuts[-1][0] - calendar.cuts[0][0]
    lines += ["", SHIFTED.format(how=how, parts=len(shown), seconds=seconds)]
    return "\n".join(lines).rstrip("\n") + "\n"


_COUNTED = (("flagged", True), ("outcome", "rejected"))
