"""`wanwitness explain`."""

from __future__ import annotations

import click

from . import arguments
from .output import columns, say

_WIDEST = 100
"""Columns; longer lines are hard to read."""


@click.command(short_help="Tell one session's chain, step by step.")
@arguments.case
@click.argument("session", required=False, shell_complete=arguments.sessions)
@arguments.lang
@click.option("--refused", is_flag=True, help="Every session that was refused, or had a refusal.")
def explain(case: str, session: str | None, refused: bool, lang: str | None) -> int:
    """Tell the chain of one session of CASE: who asked whom, over which link, what came back, what was sent where and
    what was answered, each with its frames and a filter for Wireshark.

    SESSION is its id (or how it begins), or the client's address and port, such as 192.168.1.10:24124, as the LAN or
    the link shows them.

    Exit status: 0 told; 2 there is no such session, or several.
    """
    from wanwitness.case import opened_case
    from wanwitness.language import Language
    from wanwitness.report.chain import WIDTH, chain, named
    from wanwitness.wrong_use import wrong

    from .sentences import sentence

    if (session is None) == (not refused):
        raise wrong("session-or-refused")
    language = Language.of(lang)
    document = opened_case(case).document
    rows = [row for row in document["sessions"] if row["rejections"]] if session is None else [named(document, session)]
    if not rows:
        say(language.say(sentence("none-was-refused")) + "\n")
    width = min(columns(WIDTH), _WIDEST)
    say("\n".join(chain(document, row, width=width, language=language) for row in rows))
    return 0
