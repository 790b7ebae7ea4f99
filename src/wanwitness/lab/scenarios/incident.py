"""The incident, as its administrator told it: six weeks, three wrong explanations, one cause."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

from wanwitness.lab.dialogue import plain
from wanwitness.lab.postbox import fetch, visit
from wanwitness.lab.stage import Client, Play

from .registry import scenario

RELAY, OTHER = "smtp.isp1.example", "smtp.isp2.example"
RIGHT, WRONG, OTHER_LINK = "consistent accepted", "link-mismatch rejected", "consistent accepted"
BOUNCE_S = 5.0
_SUMMER, _WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))


def _forward(pc: Client, resolved: str, count: int) -> None:
    """The office sends `count` mails by link 1; the router resolves its relay over a link."""
    for _ in range(count):
        pc.forwarded_mail(pc.ask(RELAY, by="isp1").first, RELAY, over="isp1", resolved=resolved)


def _divert(pc: Client, count: int) -> None:
    """The office sends `count` mails by link 2 and its own relay."""
    for _ in range(count):
        pc.forwarded_mail(pc.ask(RELAY, by="isp2").first, OTHER, over="isp2", resolved="isp2")


@scenario(
    "incident",
    *(3 * (RIGHT,) + 4 * (WRONG,) + 3 * (OTHER_LINK,) + (WRONG,)),
    *(4 * (RIGHT,) + 3 * (WRONG,) + 4 * (OTHER_LINK,) + (OTHER_LINK,)),
    *(2 * (WRONG,) + (WRONG,) + 3 * (RIGHT,)),
    hosts=3,
    mixes=False,
    world="incident",
)
def incident(play: Play) -> None:
    """The story: the router's SMTP forwarding resolves the relay over whichever link it likes.

    Refusals begin one morning; mail is diverted to link 2; somebody tries by hand and calls the hotline; the next day
    it works again. Then it fails again, for a month all goes by link 2, until that relay is on a block list and a
    bounce comes back. The hotline says: open the webmail. It does not help. After lunch the mailbox is cleaned up by
    POP, and then it works: the router had resolved over link 1 again.
    """
    one, two, admin = play.client(1), play.client(2), play.client(3)
    calendar = play.stage.calendar

    calendar.jump(datetime(2012, 10, 16, 9, 0, tzinfo=_SUMMER), "All works: the router resolves over link 1.")
    _forward(one, "isp1", 3)
    calendar.jump(datetime(2012, 10, 16, 11, 20, tzinfo=_SUMMER), "Refusals begin: it now resolves over link 2.")
    _forward(two, "isp2", 2)
    _forward(one, "isp2", 2)
    calendar.jump(datetime(2012, 10, 16, 13, 45, tzinfo=_SUMMER), "Mail is diverted to link 2 and ISP 2's relay.")
    _divert(one, 3)
    calendar.jump(datetime(2012, 10, 16, 14, 10, tzinfo=_SUMMER), "The administrator tries by hand: refused as well.")
    _by_hand(admin, "isp2")
    calendar.event(datetime(2012, 10, 16, 14, 30, tzinfo=_SUMMER), "hotline", "called the hotline of ISP 1")

    calendar.jump(datetime(2012, 10, 17, 9, 5, tzinfo=_SUMMER), "The next morning all works; nobody changed anything.")
    _forward(one, "isp1", 2)
    _forward(two, "isp1", 2)
    calendar.jump(datetime(2012, 10, 19, 16, 40, tzinfo=_SUMMER), "Refusals again.")
    _forward(two, "isp2", 3)
    calendar.jump(datetime(2012, 10, 22, 9, 15, tzinfo=_SUMMER), "Mail is diverted again, for a month.")
    _divert(one, 2)
    _divert(two, 2)

    calendar.jump(datetime(2012, 11, 20, 10, 0, tzinfo=_WINTER), "ISP 2's relay is on a block list: a mail bounces.")
    _bounced(one)
    calendar.event(datetime(2012, 11, 21, 10, 0, tzinfo=_WINTER), "hotline", "called the hotline of ISP 1 again")
    calendar.jump(
        datetime(2012, 11, 21, 10, 30, tzinfo=_WINTER),
        "Refused, also by hand; the webmail is opened.",
    )
    _by_hand(admin, "isp2")
    _forward(one, "isp2", 1)
    webmail = "webmail.isp1.example"
    visit(admin, admin.ask(webmail, by="isp1").first, webmail, over="isp1")
    calendar.event(datetime(2012, 11, 21, 10, 40, tzinfo=_WINTER), "webmail", "opened the webmail of ISP 1")
    calendar.jump(datetime(2012, 11, 21, 10, 45, tzinfo=_WINTER), "The webmail did not help.")
    _by_hand(admin, "isp2")
    calendar.jump(datetime(2012, 11, 21, 14, 0, tzinfo=_WINTER), "The mailbox is emptied by POP.")
    fetch(admin, admin.ask("pop.isp1.example", by="isp1").first, over="isp1")
    calendar.event(datetime(2012, 11, 21, 14, 0, tzinfo=_WINTER), "mailbox", "cleaned up the mailbox by POP")
    calendar.jump(datetime(2012, 11, 21, 14, 20, tzinfo=_WINTER), "All works: the router resolves over link 1 again.")
    _by_hand(admin, "isp1")
    _forward(one, "isp1", 2)


def _by_hand(pc: Client, resolved: str) -> None:
    """The administrator types an SMTP dialogue; the router leads that elsewhere too."""
    asked = pc.ask(RELAY, by="isp1").first
    pc.forwarded_mail(asked, RELAY, over="isp1", resolved=resolved, letterwise=True)


def _bounced(pc: Client) -> None:
    """A mail by link 2 comes back: the relay of ISP 2 is on the recipient's block list."""
    recipient = f"customer.{time.time_ns():x}@bigmail.example"
    script = plain("alice@isp2.example", recipient)
    pc.forwarded_mail(pc.ask(RELAY, by="isp2").first, OTHER, over="isp2", resolved="isp2", script=script)
    box, deadline = pc.ask("pop.isp2.example", by="isp2").first, time.monotonic() + BOUNCE_S
    while not any(recipient in message for message in fetch(pc, box, over="isp2")):
        assert time.monotonic() < deadline, "no bounce came back"
        time.sleep(0.3)
