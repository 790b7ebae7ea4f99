"""What the router does for itself: it sends mail on to a relay of its settings, checks its links, renews answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from .forwarder import Fill, Forwarder
from .mail import Onward, connect
from .world import Answer, Program, World

RELAY = "smtp.other.example"
"""The relay in the router's settings."""
Keeps = Literal["nothing", "its TTL", "renewed", "early", "settings", "forwarder"]


def own(world: World, fill: Fill) -> Answer:
    """Enter what the router was answered for itself into what it knows."""
    answer = Answer(
        fill.name,
        fill.addresses,
        fill.ttl,
        fill.link,
        fill.asked,
        fill.came,
        fill.evidence,
        fill.sure,
        group=fill.group,
    )
    world.router.reached.append(answer)
    world.tell(f"the router itself was told {fill.name} = {' '.join(fill.addresses)} by {fill.link}", fill.came)
    return answer


@dataclass(eq=False)
class Redirector:
    """*SMTP Forwarding*: connections to port 25 go to the relay of the settings, whatever address was dialled."""

    world: World
    forwarder: Forwarder
    keeps: Keeps
    proxy: bool
    parallel: bool = False
    """It asks by all links at once and uses the first answer."""
    shares: bool = False
    """Whether what health checks were told is used for mail: hidden."""
    checked: list[Answer] = field(default_factory=list)
    _held: list[Answer] = field(default_factory=list)

    def __call__(self) -> Onward:
        """Say where a connection goes that a host opens now."""
        world, now = self.world, self.world.now
        fixed = world.zones[RELAY].addresses[0]
        if self.keeps == "settings":
            return Onward(fixed, None, self.proxy, story="sent on to the address in the settings")
        if self.keeps == "forwarder":
            known = [
                fill for fill in self.forwarder.fills if fill.name == RELAY and fill.came <= now < fill.came + fill.ttl
            ]
            found = known[-1] if known else None
            if found is None:
                return self._fresh()
            answer = Answer(
                RELAY, found.addresses, found.ttl, found.link, found.asked, found.came, found.evidence, sure=False
            )
            return Onward(
                answer.addresses[0], answer, self.proxy, clear=False, story="sent on by the forwarder's cache"
            )
        used = next((answer for answer in reversed(self._held) if answer.came <= now), None)
        if self.keeps == "nothing" or used is None or (self.keeps == "its TTL" and now >= used.expires):
            return self._fresh()
        if self.shares and world.variant:
            used = next((a for a in reversed(self.checked) if used.came < a.came <= now), used)
        story = f"sent on by what the router has kept for {now - used.came:.1f} s"
        return Onward(used.addresses[0], used, self.proxy, story=story)

    def _fresh(self) -> Onward:
        answer = self.look_up(self.world.now + 0.000_3)
        delay = answer.came - self.world.now + self.world.router.random.uniform(0.000_2, 0.002)
        return Onward(answer.addresses[0], answer, self.proxy, delay, story="sent on by a fresh look-up of the router")

    def look_up(self, at: float) -> Answer:
        """Ask by whichever link, and keep what is told."""
        links = list(self.world.links)
        draw = self.world.router.random
        if self.parallel:
            fills = [self.forwarder.ask(link, RELAY, at=at) for link in draw.sample(links, len(links))]
            fills.sort(key=lambda fill: fill.came)
            clear = all(fill.came - fills[0].came > 0.005 for fill in fills[1:])
            answers = [own(self.world, fill) for fill in fills]
            first = answers[0]
            if not clear:
                first = replace(first, sure=False)
        else:
            first = own(self.world, self.forwarder.ask(draw.choice(links), RELAY, at=at))
        self._held.append(first)
        return first

    def renewing(self, until: float) -> Program:
        """Look the relay up whenever its TTL ends, or nearly does."""
        while self.world.now < until:
            answer = self.look_up(self.world.now)
            yield self.world.now + max(answer.ttl, 5) * (0.9 if self.keeps == "early" else 1.0) + 0.05


def checking(redirector: Redirector, until: float, every: float, connects: bool) -> Program:
    """The router's health check: it looks the relay up by either link at intervals, and may connect to it."""
    world, draw = redirector.world, redirector.world.router.random
    while True:
        yield world.now + every * draw.uniform(0.9, 1.1)
        if world.now > until:
            return
        link = draw.choice(list(world.links))
        answer = own(world, redirector.forwarder.ask(link, RELAY))
        redirector.checked.append(answer)
        if connects:
            yield answer.came + draw.uniform(0.000_5, 0.01)
            connect(world, world.router, answer.addresses[0], answer, link=link, own=True, story="a health check")
