"""The wrong explanations of the incident, each tried: what helped, so it seemed, and what came back."""

from __future__ import annotations

import time

from wanwitness.lab.dialogue import plain
from wanwitness.lab.errors import LabError
from wanwitness.lab.postbox import fetch, visit
from wanwitness.lab.stage import Play

from .registry import scenario

RELAY = "smtp.isp1.example"
BOUNCE_S = 10.0


@scenario("pop-first", "link-mismatch rejected", "consistent accepted")
def pop_first(play: Play) -> None:
    """A POP log-in has no effect on this relay: it refuses by the links as before, and takes by the links as before."""
    pc = play.client()
    fetch(pc, pc.ask("pop.isp1.example", by="isp1").first, over="isp1")
    pc.mail(pc.ask(RELAY, by="isp2").first, over="isp1")
    pc.mail(pc.ask(RELAY, by="isp1").first, over="isp1")


@scenario("webmail-first", "link-mismatch rejected")
def webmail_first(play: Play) -> None:
    """Opening the provider's webmail has no effect either."""
    pc, name = play.client(), "webmail.isp1.example"
    visit(pc, pc.ask(name, by="isp1").first, name, over="isp1")
    pc.mail(pc.ask(RELAY, by="isp2").first, over="isp1")


@scenario("bounced", "consistent accepted", mixes=False)
def bounced(play: Play) -> None:
    """ISP 2's relay takes the mail, is itself on the recipient's block list, and returns a bounce, fetched by POP."""
    pc = play.client()
    sender, recipient = "alice@isp2.example", f"bob.{time.time_ns():x}@bigmail.example"
    pc.mail(pc.ask("smtp.isp2.example", by="isp2").first, plain(sender, recipient), over="isp2")
    box, deadline = pc.ask("pop.isp2.example", by="isp2").first, time.monotonic() + BOUNCE_S
    while not any(recipient in message for message in fetch(pc, box, over="isp2")):
        if time.monotonic() > deadline:
            raise LabError("ISP 2's relay returned no bounce")
        time.sleep(0.5)
