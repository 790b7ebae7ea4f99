"""A letter to an ISP: one page for a form or a ticket, with facts, times, its server's answer, and what is asked."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wanwitness.case import answer_of
from wanwitness.case.answer import FOUND
from wanwitness.model.text import printable
from wanwitness.pages import source_hash

from . import labels, palette
from .desk import look_up, request
from .isps import Isp
from .templating import Raw, environment
from .wording import Wording
from .words import Session, endpoint

TIMES = 10
"""Times of refused connections that a letter lists: a desk looks up a few of them, and the page has all."""
WIDTH = 76
"""Columns of the plain letter, as RFC 5322 section 2.1.1 recommends for mail."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to one ISP, in any form."""

    subject: str
    opening: str
    facts: tuple[tuple[str, str], ...]
    times_title: str
    times: tuple[str, ...]
    """When each began, and from which address and port of ours: behind NAT, both are needed to find it in a log."""
    found: str | None
    """What goes with the refusals, where the captures show it."""
    request: str
    offer: str
    closing: str


def letter(isp: Isp, document: dict[str, Any], say: Wording) -> Letter:
    """Put together what an ISP is written.

    Args:
        isp: whom.
        document: the case's.
        say: the language.
    """
    servers = say.listed([server.ip for server in isp.servers[:2]])
    line = say.listed(isp.addresses) or say.gettext("our line")
    answer = answer_of(document)
    times = list(dict.fromkeys(_when_and_whence(session, say) for session in isp.sessions))
    title = say.gettext("Times of refused connections ({zone}, UTC beside it):", zone=say.zone)
    if len(times) > TIMES:
        title = say.gettext(
            "First {n} times of refused connections ({zone}, UTC beside it):", n=say.number(TIMES), zone=say.zone
        )
    site = (document["site"] or {}).get("name")
    return Letter(
        subject=say.gettext("Mail from {line} refused by {servers}", line=line, servers=servers),
        opening=say.ngettext(
            "Your mail server refused {n} connection from our line. What follows was read from captures taken at our "
            "router.",
            "Your mail server refused {n} connections from our line. What follows was read from captures taken at our "
            "router.",
            len(isp.sessions),
        ),
        facts=tuple(_facts(isp, document, say)),
        times_title=title,
        times=tuple(times[:TIMES]),
        found=say.say(answer["sentences"][0]) if answer["status"] in FOUND else None,
        request=request(isp, say),
        offer=say.gettext("We can send you the packets of each of these connections."),
        closing=say.gettext("Kind regards") + (f"\n{site}" if site else ""),
    )


def _when_and_whence(session: Session, say: Wording) -> str:
    when = say.both(session["start"])
    if not session["crossing"]:
        return when
    return say.gettext("{when}, from {endpoint}", when=when, endpoint=endpoint(session["crossing"]["client"]))


def _facts(isp: Isp, document: dict[str, Any], say: Wording) -> list[tuple[str, str]]:
    names = {link["name"]: link["isp"] or link["name"] for link in document["links"]}
    first, last = isp.sessions[0]["start"], isp.sessions[-1]["start"]
    servers = [say.gettext("{address}, port {port}", address=server.ip, port=server.port) for server in isp.servers[:2]]
    greetings = [server.banner for server in isp.servers[:2] if server.banner]
    rows = [
        (say.gettext("Our public address"), ", ".join(isp.addresses) or say.gettext("not known")),
        (say.gettext("Your server"), say.listed(servers, "semicolon")),
        (say.gettext("Its greeting"), _quoted(greetings, say)),
        (say.gettext("Its answer"), _quoted(isp.replies[:2], say)),
        (say.gettext("Refused"), f"{labels.of_tries(isp, say)}, {say.both(first, until=last)}"),
    ]
    if isp.accepted:
        by = ", ".join(isp.accepted_servers[:3])
        accepted = say.ngettext(
            "{n} connection, by {servers}", "{n} connections, by {servers}", len(isp.accepted), servers=by
        )
        rows.append((say.gettext("Accepted"), accepted))
    rows += [(say.gettext("Look-up"), look_up(isp, *row, names=names, say=say)) for row in isp.resolvers[:2]]
    return [(say.gettext("{what}:", what=label), value) for label, value in rows if value]


def _quoted(texts: Iterable[str], say: Wording) -> str:
    return say.listed([say.gettext("“{said}”", said=text) for text in texts], "semicolon")


def as_text(written: Letter) -> str:
    """Return a letter as plain text, for a form."""
    widest = max(len(label) for label, _ in written.facts) + 1
    parts = [[written.subject], textwrap.wrap(_fit(written.opening), WIDTH)]
    facts = []
    for label, value in written.facts:
        head = f"{label:<{widest}}"
        facts += textwrap.wrap(
            _fit(value), WIDTH, initial_indent=head, subsequent_indent=" " * widest, break_on_hyphens=False
        )
    times = [
        line
        for time in written.times
        for line in textwrap.wrap(
            _fit(time), WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
    ]
    parts += [facts, [written.times_title, *times]]
    parts += [textwrap.wrap(_fit(text), WIDTH) for text in (written.found, written.request, written.offer) if text]
    parts.append([_fit(line) for line in written.closing.split("\n")])
    return "\n\n".join("\n".join(map(_fit, part)) for part in parts) + "\n"


def as_html(written: Letter, say: Wording) -> str:
    """Return a letter as a page of its own, to print or to paste into a mail."""
    templates = environment(say)
    style = templates.get_template("letter.css").render(light=palette.LIGHT)
    return templates.get_template("letter.html").render(letter=written, style=Raw(style), style_hash=source_hash(style))


def _fit(text: str) -> str:
    return printable(text, len(text))
