"""Where a POP log-in does matter: a hosting provider's relay, for two weeks, and a user who logs in when it refuses."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from random import Random
from typing import NamedTuple

from wanwitness.lab.postbox import fetch
from wanwitness.lab.servers.postfix import POP_OPENS_S
from wanwitness.lab.stage import Play

from .registry import scenario

OPEN_MINUTES = 60
"""So long a log-in opens the relay, as the story is told; played, it is `POP_OPENS_S` seconds."""
_BEGIN = datetime(2012, 12, 3, 8, 0, tzinfo=timezone(timedelta(hours=1)))
_GROUPS = 16


class _Try(NamedTuple):
    """One mail."""

    at: datetime
    logged_in: datetime | None
    """When the user logged in for it; None where he had not, or that was for an earlier mail."""
    opened: bool
    asked_by: str
    """The link by which the relay's name is looked up: it makes no difference to this relay."""


def _planned() -> list[_Try]:
    """Draw what happens: a mail is refused, the user logs in, it goes; some hours behind the log-in it is refused."""
    random = Random(20121203)  # noqa: S311
    at, tries = _BEGIN, []

    def asked() -> str:
        return random.choice(("isp3", "isp3", "isp1"))

    for _ in range(_GROUPS):
        at += timedelta(minutes=random.randint(180, 660))
        tries.append(_Try(at, None, False, asked()))
        logged_in = at + timedelta(minutes=random.randint(4, 25))
        at = logged_in + timedelta(minutes=random.randint(2, OPEN_MINUTES - 3))
        tries.append(_Try(at, logged_in, True, asked()))
        if random.random() < 0.7:
            at = logged_in + timedelta(minutes=random.randint(OPEN_MINUTES + 4, 150))
            tries.append(_Try(at, None, False, asked()))
    return tries


PLAN = _planned()
_EXPECTED = [
    f"{'consistent' if each.asked_by == 'isp3' else 'link-mismatch'} {'accepted' if each.opened else 'rejected'}"
    for each in PLAN
]


@scenario("pop-opens", *_EXPECTED, links=3, mixes=False, world="pop-opens")
def pop_opens(play: Play) -> None:
    """A hosting provider's relay takes mail for an hour after a POP log-in, whatever link its name was looked up by."""
    pc, name, calendar = play.client(), "hosting.isp3.example", play.stage.calendar
    for each in PLAN:
        if each.logged_in is not None:
            calendar.jump(each.logged_in, "The user logs in by POP.")
            fetch(pc, pc.ask("pop.isp3.example", by="isp3").first, over="isp3")
        elif each is not PLAN[0]:
            time.sleep(POP_OPENS_S + 1)
        calendar.jump(each.at, f"A mail is tried, {'and goes' if each.opened else 'and is refused'}.")
        pc.mail(pc.ask(name, by=each.asked_by).first, over="isp3")
