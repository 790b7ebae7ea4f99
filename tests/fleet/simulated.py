"""Many small sites with planted faults: a router model that looks relays up over the wrong link, and sound ones."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from adversary.mail import connect
from adversary.world import BEGIN, Host, Program, Uplink, World, Zone

MODELS = ("Crossway 2", "Fourfold R", "Northbridge", "Twinlink 10")
FAULTY = "Twinlink 10"
"""This one resolves the relay's name over the link that the mail does not take, in a part of all cases."""
FIRMWARES = ("1.0", "1.2")
LINKS = (
    ("orange", "203.0.113.10", "198.51.100.53", "smtp.orange.example", "198.51.100.25"),
    ("sfr", "203.0.113.130", "198.51.100.153", "smtp.sfr.example", "198.51.100.125"),
)
"""Name, the router's address, the resolver, the relay's name and address. Both resolvers know both names alike."""
WRONG = 0.3
"""How often the faulty one does so."""
NOISE = 0.02
"""How often a relay refuses for reasons of its own."""
SPAN_S = 86_400


@dataclass(frozen=True)
class Simulated:
    """A site that was written, and its truth."""

    folder: Path
    model: str
    sessions: int
    mismatches: int


def write_site(folder: Path, seed: int, model: str, *, mails: int = 30, files: int = 10) -> Simulated:
    """Write one site's captures, rotated into files, and its site file."""
    world = _world(seed, model, mails)
    folder.mkdir(parents=True)
    (folder / "site.toml").write_text(_site_file(folder.name, model, FIRMWARES[seed // len(MODELS) % 2], seed))
    each = {"lan": files - 2 * (files * 3 // 10), "orange": files * 3 // 10, "sfr": files * 3 // 10}
    for point, parts in each.items():
        frames = sorted((at, frame) for at, where, frame in world.frames if where == point)
        size = -(-len(frames) // parts)
        for part in range(parts):
            write_capture(folder / f"{point}_{part:05}.pcap", frames[part * size : (part + 1) * size])
    return Simulated(folder, model, len(world.told), sum(bool(told.mismatch) for told in world.told))


def write_fleet(folder: Path, sites: int, *, mails: int = 30, files: int = 10, first: int = 1) -> list[Simulated]:
    """Write many sites, each model on as many of them."""
    return [
        write_site(folder / f"site-{n:04}", first + n, MODELS[n % len(MODELS)], mails=mails, files=files)
        for n in range(sites)
    ]


def _world(seed: int, model: str, mails: int) -> World:
    uplinks = [
        Uplink(name, address, (resolver,), 0x20 + 2 * n) for n, (name, address, resolver, *_) in enumerate(LINKS)
    ]
    world = World(seed, 0, uplinks)
    for _, _, _, relay, address in LINKS:
        world.zones[relay] = Zone((address,), ttl=60)
    draw = Random(seed)
    hosts = [Host(f"pc{n}", f"192.168.1.{10 + n}", 0x40 + n, Random(seed + n)) for n in range(3)]
    world.hosts += hosts
    times = sorted(draw.uniform(60, SPAN_S) for _ in range(mails))
    world.spawn(times[0], _mails(world, times, draw, model == FAULTY))
    world.run()
    return world


def _mails(world: World, times: Iterable[float], draw: Random, faulty: bool) -> Program:
    for at in times:
        yield at
        host = draw.choice(world.hosts)
        way, other = draw.sample(LINKS, 2)
        asked = other if faulty and draw.random() < WRONG else way
        relay = way[3]
        answer = world.direct(world.now, host, asked[2], asked[0], relay, "A", draw.getrandbits(16), world.port())
        assert answer is not None
        yield answer.came + draw.uniform(0.001, 0.01)
        wrong = asked is not way or draw.random() < NOISE
        connect(world, host, way[4], answer, link=way[0], end="refused" if wrong else "accepted")


def _site_file(name: str, model: str, firmware: str, seed: int) -> str:
    text = f'[site]\nname = "{name}"\nlan = ["192.168.1.0/24"]\n[router]\nmodel = "{model}"\nfirmware = "{firmware}"\n'
    text += f'[tags]\nregion = "{("north", "south", "east")[seed % 3]}"\n'
    for link, address, resolver, relay, server in LINKS:
        text += f'[[link]]\nname = "{link}"\nisp = "{link.title()}"\naddresses = ["{address}"]\n'
        text += f'resolvers = ["{resolver}"]\nrelays = ["{relay}", "{server}"]\n'
        text += f'[[capture]]\nfile = "{link}_*.pcap"\nrole = "wan"\nlink = "{link}"\n'
    return text + '[[capture]]\nfile = "lan_*.pcap"\nrole = "lan"\n'


def write_capture(path: Path, frames: Iterable[tuple[float, bytes]]) -> None:
    """Write frames, with their times in seconds after the world's begin."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        for at, frame in frames:
            seconds = int(at)
            file.write(struct.pack("<IIII", BEGIN + seconds, int((at - seconds) * 1e9), len(frame), len(frame)) + frame)
