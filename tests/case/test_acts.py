"""Log-ins and visits, as rows of a case."""

from __future__ import annotations

from wanwitness.case.build_acts import MOST, act_values, told_acts
from wanwitness.case.sentences import sentence
from wanwitness.hypotheses import Act
from wanwitness.model import FrameRef


def acts(number: int) -> list[Act]:
    log_ins = [Act("mail-login", n * 1_000_000_000, "isp1", FrameRef(1, n + 1)) for n in range(number)]
    return [Act("event:hotline", 5), *log_ins]


def test_those_that_captures_show_are_rows() -> None:
    """Events are the site file's."""
    told, untold = told_acts(acts(MOST))
    assert (len(act_values(told)), untold) == (MOST, [])
    assert act_values(told)[1] == {
        "at": "1970-01-01T00:00:01.000000000Z",
        "kind": "mail-login",
        "link": "isp1",
        "frame": [1, 2],
    }


def test_the_first_are_kept_and_the_others_counted() -> None:
    """Where the first of the others is."""
    told, (odd,) = told_acts(acts(MOST + 3))
    assert len(told) == MOST
    assert (odd.capture, odd.frame, odd.reason) == (1, MOST + 1, sentence("acts-untold", number=3, most=MOST))
