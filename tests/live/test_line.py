"""A session's line on the terminal, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from wanwitness.language import ENGLISH, Language
from wanwitness.live.line import line_of


def row(*, final: bool = True, late: bool = False, **session: Any) -> dict[str, Any]:
    """A row of a refused session whose links differ, but for what is named."""
    told = {
        "id": "s1",
        "start": "2012-11-21T13:30:00.000000000Z",
        "client": {"ip": "192.0.2.20"},
        "server": {"ip": "198.51.100.25"},
        "asked_name": "smtp.isp2.example",
        "direction": "outbound",
        "transport_link": "isp1",
        "resolver_link": "isp2",
        "outcome": "rejected",
        "rejection": {"code": 530, "enhanced": None, "text": "Access denied"},
        "flagged": True,
    }
    return {"final": final, "late": late, "session": {**told, **session}}


@pytest.mark.parametrize(
    ("given", "english", "french"),
    [
        (
            row(),
            "13:30:00  192.0.2.20 to smtp.isp2.example  left by isp1, resolved over isp2  "
            "rejected: 530 Access denied  LINKS DIFFER  s1",
            "13:30:00  192.0.2.20 vers smtp.isp2.example  partie par isp1, résolue par isp2  "
            "refusée : 530 Access denied  LIENS DIFFÉRENTS  s1",
        ),
        (
            row(late=True, flagged=False, resolver_link=None, asked_name=None, outcome="no-mail", rejection=None),
            "13:30:00  192.0.2.20 to 198.51.100.25  left by isp1, resolved over ?  no-mail  "
            "(told before, and changed since)  s1",
            "13:30:00  192.0.2.20 vers 198.51.100.25  partie par isp1, résolue par ?  aucun message proposé  "
            "(déjà annoncée, et changée depuis)  s1",
        ),
        (
            row(direction="inbound", outcome="accepted", rejection=None, flagged=False),
            "13:30:00  192.0.2.20 to smtp.isp2.example  inbound  accepted  s1",
            "13:30:00  192.0.2.20 vers smtp.isp2.example  entrante  acceptée  s1",
        ),
    ],
    ids=["refused", "revised", "inbound"],
)
def test_a_line_tells_of_a_session_in_the_language_of_the_run(given: dict[str, Any], english: str, french: str) -> None:
    assert line_of(given, ENGLISH) == english
    told = line_of(given, Language.of("fr"))
    assert told is not None
    assert told.replace("\N{NO-BREAK SPACE}", " ") == french


def test_what_is_not_final_and_what_is_no_session_has_no_line() -> None:
    assert line_of(row(final=False), ENGLISH) is None
    assert line_of({"state": {}}, ENGLISH) is None
