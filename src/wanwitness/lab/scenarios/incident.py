"""The incident, as its administrator told it: six weeks, three wrong explanations, one cause; and a fortnight more.

Whatever people do here they do *because* of refusals: calls, visits to the webmail and log-ins by POP come after them,
and what comes after those is now this and now that.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

from wanwitness.lab.dialogue import plain
from wanwitness.lab.postbox import fetch, visit
from wanwitness.lab.stage import LabHost, Play
from wanwitness.lab.topology import BRANDS

from .registry import scenario

ORANGE, SFR = (f"{BRANDS[number].name}.example" for number in (1, 2))
RELAY, OTHER = f"smtp.{ORANGE}", f"smtp.{SFR}"
SENDER = f"alice@{ORANGE}"
RIGHT, WRONG, OTHER_LINK = "consistent accepted", "link-mismatch rejected", "consistent accepted"
BOUNCE_S = 5.0
_SUMMER, _WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))


def _summer(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2012, month, day, hour, minute, tzinfo=_SUMMER)


def _winter(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2012, month, day, hour, minute, tzinfo=_WINTER)


def _forward(pc: LabHost, resolved: str, count: int, by: str = "isp1") -> None:
    """The office sends `count` mails by link 1; the router resolves its relay over a link.

    Over which one the computer's own look-up goes (`by`) makes no difference: the router leads it elsewhere.
    """
    for _ in range(count):
        asked = pc.ask(RELAY, by=by).first
        pc.forwarded_mail(asked, RELAY, plain(SENDER), over="isp1", resolved=resolved)


def _divert(pc: LabHost, count: int) -> None:
    """The office sends `count` mails by link 2 and its own relay."""
    for _ in range(count):
        asked = pc.ask(RELAY, by="isp2").first
        pc.forwarded_mail(asked, OTHER, plain(SENDER), over="isp2", resolved="isp2")


def _by_hand(pc: LabHost, resolved: str) -> None:
    """The administrator types an SMTP dialogue; the router leads that elsewhere too."""
    asked = pc.ask(RELAY, by="isp1").first
    pc.forwarded_mail(asked, RELAY, plain(SENDER), over="isp1", resolved=resolved, letterwise=True)


def _log_in(pc: LabHost) -> None:
    """Somebody fetches his mail from Orange by POP."""
    fetch(pc, pc.ask(f"pop.{ORANGE}", by="isp1").first, over="isp1")


def _visit(pc: LabHost) -> None:
    """Somebody opens Orange's webmail."""
    name = f"webmail.{ORANGE}"
    visit(pc, pc.ask(name, by="isp1").first, name, over="isp1")


@scenario(
    "incident",
    *(2 * (RIGHT,) + 3 * (WRONG,) + 2 * (OTHER_LINK,) + (WRONG,)),
    *(3 * (RIGHT,) + 2 * (WRONG,) + 3 * (OTHER_LINK,) + (OTHER_LINK,)),
    *(2 * (WRONG,) + (WRONG,) + 2 * (RIGHT,)),
    *(2 * (WRONG,) + (WRONG,) + 2 * (RIGHT,) + (WRONG,) + 2 * (RIGHT,) + 2 * (WRONG,) + (RIGHT,)),
    *(2 * (RIGHT,) + (WRONG,) + (RIGHT,)),
    hosts=3,
    mixes=False,
    world="incident",
)
def incident(play: Play) -> None:
    """The story: the router's SMTP forwarding resolves the relay over whichever link it likes.

    Refusals begin one morning; mail is diverted to SFR; somebody tries by hand and calls the hotline; the next day it
    works again. Then it fails again, for a month all goes by SFR, until that relay is on a block list and a bounce
    comes back. The hotline says: open the webmail. It does not help. After lunch the mailbox is cleaned up by POP, and
    then it works: the router had resolved over Orange's link again. In the fortnight behind that each refusal is
    answered by a log-in, a visit or a call, after which it works or does not.
    """
    one, two, admin = play.client(1), play.client(2), play.client(3)
    calendar = play.stage.calendar

    calendar.jump(_summer(10, 16, 9, 0), "All works: the router resolves over Orange's link.")
    _forward(one, "isp1", 2)
    calendar.jump(_summer(10, 16, 11, 20), "Refusals begin: it now resolves over SFR's link.")
    _forward(two, "isp2", 2)
    _forward(one, "isp2", 1)
    calendar.jump(_summer(10, 16, 13, 45), "Mail is diverted to SFR's link and relay.")
    _divert(one, 2)
    calendar.jump(_summer(10, 16, 14, 10), "The administrator tries by hand: refused as well.")
    _by_hand(admin, "isp2")
    calendar.event(_summer(10, 16, 14, 30), "hotline", "called Orange's hotline")

    calendar.jump(_summer(10, 17, 9, 5), "The next morning all works; nobody changed anything.")
    _forward(one, "isp1", 2, by="isp2")
    _forward(two, "isp1", 1, by="isp2")
    calendar.jump(_summer(10, 19, 16, 40), "Refusals again.")
    _forward(two, "isp2", 2)
    calendar.jump(_summer(10, 22, 9, 15), "Mail is diverted again, for a month.")
    _divert(one, 2)
    _divert(two, 1)

    calendar.jump(_winter(11, 20, 10, 0), "SFR's relay is on a block list: a mail bounces.")
    _bounced(one)
    calendar.event(_winter(11, 21, 10, 0), "hotline", "called Orange's hotline again")
    calendar.jump(_winter(11, 21, 10, 30), "Refused, also by hand; the webmail is opened.")
    _by_hand(admin, "isp2")
    _forward(one, "isp2", 1)
    _visit(admin)
    calendar.event(_winter(11, 21, 10, 40), "webmail", "opened Orange's webmail, as the hotline had said")
    calendar.jump(_winter(11, 21, 10, 45), "The webmail did not help.")
    _forward(admin, "isp2", 1)
    calendar.jump(_winter(11, 21, 14, 0), "The mailbox is emptied by POP.")
    _log_in(admin)
    calendar.event(_winter(11, 21, 14, 0), "mailbox", "cleaned up the mailbox by POP")
    calendar.jump(_winter(11, 21, 14, 20), "All works: the router resolves over Orange's link again.")
    _by_hand(admin, "isp1")
    _forward(one, "isp1", 1)

    calendar.jump(_winter(11, 23, 9, 10), "Refused again; now he logs in by POP at once.")
    _forward(two, "isp2", 2)
    _log_in(admin)
    calendar.event(_winter(11, 23, 9, 12), "mailbox", "fetched the mail by POP, for the relay's sake")
    calendar.jump(_winter(11, 23, 9, 20), "The log-in did not help.")
    _forward(one, "isp2", 1)
    calendar.jump(_winter(11, 23, 11, 40), "It works; nobody did anything.")
    _forward(one, "isp1", 1, by="isp2")
    _forward(two, "isp1", 1)
    calendar.jump(_winter(11, 27, 15, 5), "Refused; the webmail is opened, and the hotline called.")
    _forward(one, "isp2", 1)
    _visit(admin)
    calendar.event(_winter(11, 27, 15, 10), "webmail", "opened Orange's webmail")
    calendar.event(_winter(11, 27, 15, 20), "hotline", "called Orange's hotline a third time")
    calendar.jump(_winter(11, 27, 15, 30), "It works, as if that had helped.")
    _forward(one, "isp1", 1, by="isp2")
    _forward(two, "isp1", 1, by="isp2")
    calendar.jump(_winter(11, 29, 10, 15), "Refused; a log-in by POP.")
    _forward(one, "isp2", 1)
    _forward(two, "isp2", 1)
    _log_in(admin)
    calendar.jump(_winter(11, 29, 10, 25), "It works, as if that had helped.")
    _forward(one, "isp1", 1, by="isp2")
    calendar.jump(_winter(12, 3, 9, 0), "It works; nobody did anything.")
    _forward(two, "isp1", 2)
    calendar.jump(_winter(12, 4, 14, 0), "A log-in by POP before the first mail, and that is refused.")
    _log_in(admin)
    _forward(two, "isp2", 1)
    calendar.jump(_winter(12, 4, 16, 30), "It works; nobody did anything.")
    _forward(one, "isp1", 1)


def _bounced(pc: LabHost) -> None:
    """A mail by link 2 comes back: the relay of SFR is on the recipient's block list."""
    recipient = f"customer.{time.time_ns():x}@bigmail.example"
    script = plain(f"alice@{SFR}", recipient)
    pc.forwarded_mail(pc.ask(RELAY, by="isp2").first, OTHER, over="isp2", resolved="isp2", script=script)
    box, deadline = pc.ask(f"pop.{SFR}", by="isp2").first, time.monotonic() + BOUNCE_S
    while not any(recipient in message for message in fetch(pc, box, over="isp2")):
        assert time.monotonic() < deadline, "no bounce came back"
        time.sleep(0.3)
