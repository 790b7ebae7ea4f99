"""Random sites with everything at once: never a wrong link."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from .simulator import ACCEPTED, RELAY2, ROUTER6, Simulator

HOSTS = [f"192.168.1.{n}" for n in range(20, 28)]
RELAYS = ("198.51.100.25", "198.51.100.26", "198.51.100.27")


class Mixture:
    """Draws sessions of every kind; `because` in the truth is the only reason that may stand in for the answer."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        links = ("orange", "sfr", "free", "ovh")[: rng.choice((2, 2, 3, 4))]
        clock = {point: rng.choice((0.0, 0.0, rng.uniform(-4000, 4000))) for point in ("lan", *links)}
        self.site = Simulator(links, clock=clock, seed=seed, same_private_network=rng.random() < 0.3)
        for host in HOSTS:
            number = int(host.rsplit(".", 1)[1])
            self.site.announce(0, host, number)
            self.site.announce(0, f"2001:db8:1::{number}", number)
        self.links = links
        self.count = 0

    def draw(self, at: float) -> None:
        kinds = (
            self.forwarded, self.direct, self.cached, self.raced, self.redirected, self.proxied, self.other_family,
            self.asymmetric, self.modulated, self.refused, self.no_dns, self.hidden_cache, self.both_links,
        )  # fmt: skip
        self.count += 1
        self.rng.choice(kinds)(at, self.rng.choice(HOSTS), self.rng.choice(self.links), self.rng.choice(self.links))

    @property
    def name(self) -> str:
        """A relay's name: some are asked for again and again."""
        return f"smtp{self.rng.randrange(4)}.isp.example" if self.rng.random() < 0.5 else f"n{self.count}.isp.example"

    def relay(self) -> str:
        return self.rng.choice(RELAYS)

    def forwarded(self, at: float, host: str, transport: str, resolver: str) -> None:
        address = self.relay()
        done = self.site.ask(at, host, resolver, address, name=self.name, ttl=2, rtt=self.rng.uniform(0.002, 0.05))
        self.site.session(done + 0.001, host, transport, resolver, address=address)

    def direct(self, at: float, host: str, transport: str, resolver: str) -> None:
        address = self.relay()
        done = self.site.ask_direct(at, host, resolver, address, name=self.name, ttl=2)
        self.site.session(done + 0.001, host, transport, resolver, address=address)

    def cached(self, at: float, host: str, transport: str, resolver: str) -> None:
        name, address = f"cached{self.count}.isp.example", self.relay()
        self.site.ask(at, "192.168.1.99", resolver, address, name=name, ttl=100)
        done = self.site.ask(at + 7.5, host, None, address, name=name, ttl=self.rng.choice((92, 93)))
        self.site.session(done + 0.001, host, transport, resolver, address=address)

    def raced(self, at: float, host: str, transport: str, resolver: str) -> None:
        rtts = {link: self.rng.uniform(0.01, 0.02) for link in self.links}
        rtts[resolver] = 0.005
        done = self.site.race(at, host, rtts, name=f"raced{self.count}.isp.example")
        self.site.session(done + 0.001, host, transport, resolver)

    def redirected(self, at: float, host: str, transport: str, resolver: str) -> None:
        address = f"198.51.100.{100 + self.count % 100}"
        self.site.upstream(at, resolver, address, name=f"own{self.count}.isp.example")
        self.site.session(at + 0.1, host, transport, resolver, address=RELAY2, to=address)

    def proxied(self, at: float, host: str, transport: str, resolver: str) -> None:
        address = f"198.51.100.{100 + self.count % 100}"
        script = [(command.replace("b@far", f"b{self.count}@far"), reply) for command, reply in ACCEPTED]
        self.site.upstream(at, resolver, address, name=f"own{self.count}.isp.example")
        self.site.session(
            at + 0.1, host, transport, resolver, address=RELAY2, to=address, proxy=True, script=script,
            wan_port=30_000 + self.count,
        )  # fmt: skip

    def other_family(self, at: float, host: str, transport: str, resolver: str) -> None:
        six, address = f"2001:db8:1::{host.rsplit('.', 1)[1]}", self.relay()
        done = self.site.ask(at, six, resolver, address, name=self.name, ttl=2, server=ROUTER6)
        self.site.session(done + 0.001, host, transport, resolver, address=address)

    def asymmetric(self, at: float, host: str, transport: str, resolver: str) -> None:
        done = self.site.ask(at, host, resolver, name=self.name, ttl=2)
        back = self.rng.choice([link for link in self.links if link != transport])
        self.site.session(done + 0.001, host, transport, resolver, back=back)

    def modulated(self, at: float, host: str, transport: str, resolver: str) -> None:
        done = self.site.ask(at, host, resolver, name=self.name, ttl=2)
        self.site.session(done + 0.001, host, transport, resolver, modulated=True)

    def refused(self, at: float, host: str, transport: str, resolver: str) -> None:
        done = self.site.ask(at, host, resolver, name=self.name, ttl=2)
        self.site.session(done + 0.001, host, transport, resolver, answer=self.rng.choice(("no", "rst")))

    def no_dns(self, at: float, host: str, transport: str, resolver: str) -> None:
        self.site.session(at, host, transport, None, "no-dns-seen", address="198.51.100.250")

    def hidden_cache(self, at: float, host: str, transport: str, resolver: str) -> None:
        address = f"198.51.100.{200 + self.count % 40}"
        self.site.ask(at, host, None, address, name=f"hidden{self.count}.isp.example")
        self.site.session(at + 0.1, host, transport, None, "resolver-link-unknown", address=address)

    def both_links(self, at: float, host: str, transport: str, resolver: str) -> None:
        """Answers by two links, both good for long: only the first connection after the latest is plain."""
        address, name = f"203.0.113.{100 + self.count % 100}", f"both{self.count}.isp.example"
        other = next(link for link in self.links if link != resolver)
        self.site.ask(at, host, other, address, name=name)
        self.site.ask(at + 1, host, resolver, address, name=name)
        self.site.session(at + 2, host, transport, resolver, address=address)
        self.site.session(at + 3, host, transport, None, "ambiguous-answer", address=address)


def run(folder: Path, seed: int, sessions: int) -> Counter[str]:
    """Draw a site and compare every session with the truth; a link that is not the true one fails."""
    mixture = Mixture(seed)
    at = 1.0
    for _ in range(sessions):
        at += mixture.rng.expovariate(1 / 0.4)
        mixture.draw(at)
    site = mixture.site
    result = site.analyse(folder)
    tally: Counter[str] = Counter()
    for row in site.truth:
        transport, resolver, because = result.links(row.client, row.port)
        assert transport in (row.transport, None), (seed, row, transport)
        assert resolver in (row.resolver, None), (seed, row, resolver)
        if (transport, resolver) != (row.transport, row.resolver):
            tally[f"open: {because if transport else 'transport-link-unknown'}"] += 1
        elif because != row.because:
            tally[f"{because} instead of {row.because}"] += 1
        else:
            tally["right"] += 1
    extra = len(result.correlated.sessions) - len(site.truth)
    assert extra == 0, (seed, extra)
    return tally


@pytest.mark.parametrize("seed", range(3))
def test_a_mixture_of_everything_gives_no_wrong_link(tmp_path: Path, seed: int) -> None:
    tally = run(tmp_path, seed, 150)
    assert tally["right"] > 0.85 * tally.total(), tally


@pytest.mark.slow
def test_many_mixtures_give_no_wrong_link(tmp_path: Path) -> None:
    tally: Counter[str] = Counter()
    for seed in range(100, 160):
        tally += run(tmp_path / str(seed), seed, 250)
    print(dict(tally))
    assert tally["right"] > 0.9 * tally.total(), tally
