"""Which way a session went: out of the site, into it, within it, or the router's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wanwitness import analyze

from .simulator import ACCEPTED, RELAY, ROUTER, TRANSIT, Script, Simulator, _Side
from .wire import ACK, FIN, PSH, SYN

PC, SERVER, STRANGER = "192.168.1.20", "192.168.1.25", "192.0.2.77"
SERVER6, STRANGER6 = "2001:db8:1::25", "2001:db8:77::1"


def talk(site: Simulator, at: float, *sides: _Side, script: Script = ACCEPTED) -> None:
    """One dialogue as each of some sides sees it, one behind the other."""
    now = at
    for n, side in enumerate(sides):
        side.orig(now + n * TRANSIT, SYN)
        side.resp(now + 0.01 - n * TRANSIT, SYN | ACK)
        side.begin()
    for command, reply in script:
        now += 0.02
        for n, side in enumerate(sides):
            if command:
                side.orig(now + n * TRANSIT, PSH | ACK, command.encode() + b"\r\n")
            side.resp(now + 0.01 - n * TRANSIT, PSH | ACK, reply.encode() + b"\r\n")
    for n, side in enumerate(sides):
        side.orig(now + 0.02 + n * TRANSIT, FIN | ACK)
        side.resp(now + 0.03 - n * TRANSIT, FIN | ACK)


def side(site: Simulator, point: str, client: str, server: str, hops: int, port: int = 40_001) -> _Side:
    """One place where a connection is seen; all of them have the same sequence numbers."""
    return _Side(site, point, point, client, port, server, 1000, 2000, 77, hops, True)


def inbound(site: Simulator, own: str, server: str, stranger: str, *, as_: str | None = None) -> None:
    """A stranger's connection to the router's address (or the server's own), led to a server on the LAN."""
    outer, inner = side(site, "orange", stranger, own, 53), side(site, "lan", as_ or stranger, server, 52)
    talk(site, 1, outer, inner)


def analysed(site: Simulator, folder: Path, *points: str, lan: str = "192.168.1.0/24") -> list[dict[str, Any]]:
    """Analyse with a site file; with some of the points alone, where they are named."""
    files = site.write(folder, leave_out=[p for p in site.frames if points and p not in points])
    text = f'[site]\nlan = ["{lan}", "2001:db8:1::/64"]\n'
    for link in site.links.values():
        text += f'[[link]]\nname = "{link.name}"\naddresses = ["{link.address}", "{link.address6}"]\n'
    for point, (path,) in files.items():
        role = 'role = "lan"' if point == "lan" else f'role = "wan"\nlink = "{point}"'
        text += f'[[capture]]\nfile = "{path.name}"\n{role}\n'
    (folder / "site.toml").write_text(text)
    document = analyze(folder, rows_only=True).document
    assert not document["answer"]["contradictions"]
    sessions: list[dict[str, Any]] = document["sessions"]
    return sessions


@pytest.mark.parametrize("points", [(), ("lan", "orange"), ("orange",)])
@pytest.mark.parametrize("way", ["forwarded", "source rewritten too", "IPv6"])
def test_a_strangers_connection_came_in(tmp_path: Path, way: str, points: tuple[str, ...]) -> None:
    """Whatever the router rewrites: it came in by a link, is not redirected, and has no links to compare."""
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(0.1, PC, "orange")
    own = site.links["orange"].address
    match way:
        case "forwarded":
            inbound(site, own, SERVER, STRANGER)
        case "source rewritten too":
            inbound(site, own, SERVER, STRANGER, as_=ROUTER)
        case _:
            inbound(site, SERVER6, SERVER6, STRANGER6)
    (session,) = [s for s in analysed(site, tmp_path, *points) if s["client"]["port"] == 40_001]
    assert (session["direction"], session["transport_link"]) == ("inbound", "orange")
    assert (session["verdict"], session["undetermined_because"]) == ("undetermined", "no-dns-seen")
    assert (session["flagged"], session["likely_causes"], session["findings"]) == (False, [], [])
    assert "came in by orange" in session["explanation"]
    assert "left by" not in session["explanation"]
    if "lan" in points or not points:
        server = SERVER6 if way == "IPv6" else SERVER
        assert (session["answered_by"]["ip"], session["answered_by"]["banner"]) == (server, "220 relay ESMTP")


def test_without_the_links_it_came_in_all_the_same(tmp_path: Path) -> None:
    """The LAN side alone shows a stranger's address."""
    site = Simulator()
    inbound(site, site.links["orange"].address, SERVER, STRANGER)
    (session,) = analysed(site, tmp_path, "lan")
    assert (session["direction"], session["transport_link"]) == ("inbound", None)
    assert "came in from beyond the router" in session["explanation"]


def test_without_a_site_file_it_came_in_too(tmp_path: Path) -> None:
    """The hops and the addresses that the router is seen to use tell it."""
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(0.1, PC, "orange")
    inbound(site, site.links["orange"].address, SERVER, STRANGER)
    rows = site.analyse(tmp_path, roles=False).rows
    assert {s.client.port: s.direction for s, _ in rows.values()}[40_001] == "inbound"
    assert [s.direction for s, _ in rows.values()].count("outbound") == 1


@pytest.mark.parametrize("as_", [None, "2001:db8:1::1"])
@pytest.mark.parametrize("points", [("lan",), ("lan", "orange")])
def test_who_is_many_routers_away_is_a_stranger(tmp_path: Path, points: tuple[str, ...], as_: str | None) -> None:
    """IPv6 without a site file: nothing says which addresses are the LAN's, but hops do."""
    if as_ is not None and len(points) == 1:
        return  # then all that is seen is the router's own address
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(0.1, PC, "orange")
    inbound(site, site.links["orange"].address6, SERVER6, STRANGER6, as_=as_)
    leave_out = [point for point in site.frames if point not in points]
    rows = site.analyse(tmp_path, leave_out=leave_out, roles=False).rows
    assert {s.client.port: s.direction for s, _ in rows.values()}[40_001] == "inbound"


def test_both_ends_on_the_lan_are_internal(tmp_path: Path) -> None:
    """A client's mail to the site's own relay has no link, nor has what the router turns back to a LAN server."""
    site = Simulator()
    talk(site, 1, side(site, "lan", PC, SERVER, 64))
    own = site.links["orange"].address
    talk(site, 5, side(site, "lan", PC, own, 64, 40_002), side(site, "lan", ROUTER, SERVER, 63, 40_002))
    talk(site, 9, side(site, "lan", PC, own, 64, 40_003))
    sessions = analysed(site, tmp_path)
    ways = {s["client"]["port"]: s["direction"] for s in sessions}
    assert ways == dict.fromkeys((40_001, 40_002, 40_003), "internal")
    for session in sessions:
        assert session["undetermined_because"] == "transport-link-unknown"
        assert "stayed within the site" in session["explanation"]
        assert "no WAN capture" not in session["explanation"]


def test_the_sites_own_relay_goes_out(tmp_path: Path) -> None:
    """What a relay on the LAN sends on is its own session, and judged."""
    site = Simulator()
    talk(site, 1, side(site, "lan", PC, SERVER, 64))
    site.ask(1.5, SERVER, "orange")
    port = site.connect(1.6, SERVER, "orange")
    sessions = {s["client"]["port"]: s for s in analysed(site, tmp_path)}
    assert (sessions[40_001]["direction"], sessions[port]["direction"]) == ("internal", "outbound")
    assert sessions[port]["verdict"] == "consistent"


def test_the_routers_own_is_the_routers(tmp_path: Path) -> None:
    """No LAN host is seen to have opened it; a redirected one is still the client's."""
    site = Simulator()
    site.ask(0, PC, "orange")
    site.connect(0.1, PC, "orange", RELAY)
    site.upstream(5, "sfr", "198.51.100.26")
    own = site.connect(5.1, PC, "orange", "198.51.100.26", lan=False, proxy=True)
    site.ask(9, PC, "orange", name="other.example")
    sessions = {s["client"]["port"]: s for s in analysed(site, tmp_path)}
    assert sessions[own]["direction"] == "router"
    assert sessions[own]["verdict"] == "link-mismatch"
    assert sessions[own]["explanation"].startswith("The router's own connection to 198.51.100.26:25 left by orange")
