"""Connections in which nothing was said, and of which there are very many, are counted by server and hour."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address
from pathlib import Path
from random import Random
from typing import Any

import pytest

import wanwitness
from wanwitness.correlate.sessions import listed
from wanwitness.reading import point_reader

from .wire import ACK, FIN, PSH, SECOND, SYN, dns, tcp, udp, write_pcap

START = 1_700_000_000 * SECOND
MS = 1_000_000
CLIENT, OTHER, SERVER, RESOLVER = "192.168.1.10", "192.168.1.11", "192.0.2.25", "198.51.100.53"
ROUTERS = {"orange": "203.0.113.10", "sfr": "203.0.113.77"}
MOST = 40
SAID = (
    (1, b"220 relay ESMTP\r\n"),
    (0, b"EHLO pc.example\r\n"),
    (1, b"250 relay\r\n"),
    (0, b"MAIL FROM:<a@site.example>\r\n"),
    (1, b"530 5.7.0 Authentication required\r\n"),
)

Sides = dict[str, list[tuple[int, bytes]]]


def connection(port: int, at: int, random: Random) -> list[tuple[int, bytes]]:
    ends = (CLIENT, port, SERVER, 25), (SERVER, 25, CLIENT, port)
    seq, frames = [random.getrandbits(32), random.getrandbits(32)], []
    for who, data, flags in (
        (0, b"", SYN),
        (1, b"", SYN | ACK),
        (0, b"", ACK),
        *((who, data, ACK | PSH) for who, data in SAID),
        (0, b"", FIN | ACK),
        (1, b"", FIN | ACK),
    ):
        frames.append((at, tcp(*ends[who], seq[who], seq[1 - who] if flags & ACK else 0, flags, data)))
        seq[who] = (seq[who] + len(data) + bool(flags & (SYN | FIN))) % 2**32
        at += MS
    return frames


def flooded(folder: Path, seed: int, *, rewritten: bool = False, one_number: bool = False) -> None:
    """Honest sessions over two links, while their host floods the relay and others, and strangers flood the router.

    Args:
        folder: where the captures go.
        seed: of chance.
        rewritten: whether the router chooses other ports.
        one_number: whether the flood has one sequence number.
    """
    random = Random(seed)
    sides: Sides = {"lan": [], "orange": [], "sfr": []}

    def out(link: str, port: int, frames: list[tuple[int, bytes]]) -> None:
        inner = [ip_address(CLIENT).packed, port.to_bytes(2)]
        other = port ^ 0x1000 if rewritten else port
        sides["lan"] += frames
        for at, frame in frames:
            here = frame.replace(inner[0], ip_address(ROUTERS[link]).packed).replace(inner[1], other.to_bytes(2))
            sides[link].append((at + 50_000, here))

    for i in range(30):
        at, port, via = START + i * 1200 * MS, 30_000 + i, random.choice(["orange", "sfr"])
        if random.random() < 0.7:
            asked, router = dns(i, "smtp.isp.example"), ROUTERS[via]
            told = dns(i, "smtp.isp.example", [SERVER])
            sides["lan"].append((at, udp(CLIENT, port, "192.168.1.1", 53, asked)))
            sides[via].append((at + MS // 2, udp(router, port, RESOLVER, 53, asked)))
            sides[via].append((at + MS, udp(RESOLVER, 53, router, port, told)))
            sides["lan"].append((at + 2 * MS, udp("192.168.1.1", 53, CLIENT, port, told)))
        out(random.choice(["orange", "sfr"]), port, connection(port, at + random.randrange(4, 300) * MS, random))
    for i in range(400):
        at, port = START + random.randrange(36_000_000) * 1000, random.randrange(1024, 30_000)
        isn = 12_345 if one_number else random.getrandbits(32)
        if i % 2:
            server = SERVER if random.random() < 0.5 else f"198.18.0.{random.randrange(1, 250)}"
            out(random.choice(["orange", "sfr"]), port, [(at, tcp(CLIENT, port, server, 25, isn, 0, SYN))])
        else:
            stranger = f"198.19.{i // 250}.{i % 250}"
            sides["orange"].append((at, tcp(stranger, port, ROUTERS["orange"], 25, isn, 0, SYN, hops=50)))
    for name, frames in sides.items():
        write_pcap(folder / (f"wan-{name}.pcap" if name != "lan" else "lan.pcap"), sorted(frames, key=lambda t: t[0]))


def sides_of(folder: Path) -> dict[str, Any]:
    wans = {path.stem.removeprefix("wan-"): path for path in sorted(folder.glob("wan-*.pcap"))}
    return {"lan": folder / "lan.pcap", "wan": wans}


def analysed(folder: Path, most: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(point_reader, "MOST_HANDSHAKES", most)
    monkeypatch.setattr(listed, "MOST_HANDSHAKES", most)
    return wanwitness.analyze(**sides_of(folder), rows_only=True).document


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", [{}, {"rewritten": True}, {"one_number": True}])
def test_what_is_listed_is_judged_as_if_all_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, kind: dict[str, bool]
) -> None:
    """The connections that are counted alone stand between other connections and their answers all the same."""
    flooded(tmp_path, seed, **kind)
    whole = {s["id"]: s for s in analysed(tmp_path, 10**9, monkeypatch)["sessions"]}
    for session in analysed(tmp_path, MOST, monkeypatch)["sessions"]:
        before = whole[session["id"]]
        for key in ("verdict", "undetermined_because", "resolver_link", "transport_link", "direction", "outcome"):
            assert session[key] == before[key], (key, session["client"])


def test_both_sides_of_what_is_listed_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flooded(tmp_path, 1)
    document = analysed(tmp_path, MOST, monkeypatch)
    outbound = [s for s in document["sessions"] if s["client"]["ip"] == CLIENT]
    assert len(outbound) == 30 + MOST
    assert all(s["lan_stream"] and s["wan_stream"] for s in outbound)


def test_none_is_lost_and_the_totals_hold_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flooded(tmp_path, 2)
    whole, cut = analysed(tmp_path, 10**9, monkeypatch), analysed(tmp_path, MOST, monkeypatch)
    assert whole["uncounted_sessions"] == []
    assert cut["totals"]["sessions"] == whole["totals"]["sessions"] == 430
    assert cut["totals"]["by_outcome"] == whole["totals"]["by_outcome"]
    listed_ids = {s["id"] for s in cut["sessions"]}
    left = Counter(s["server"]["ip"] for s in whole["sessions"] if s["id"] not in listed_ids)
    counted: Counter[str] = Counter()
    for row in cut["uncounted_sessions"]:
        assert row["reason"] == "unanswered"
        assert row["hour"].endswith(":00:00.000000000Z")
        counted[row["server"]] += row["count"]
    assert counted == left
    (note,) = (note for note in cut["notes"] if "not listed" in note)
    assert note.startswith("360 more connections to ")


def test_a_host_that_tries_seldom_is_listed_beside_one_that_scans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each host takes its turn, and the site's own come before strangers."""
    random = Random(5)
    lan = [(START, tcp(OTHER, 2000, "192.0.2.99", 25, 5, 0, SYN))]
    for i in range(300):
        lan.append((START + i * MS, tcp(CLIENT, 1024 + i, f"198.18.1.{i % 250}", 25, random.getrandbits(32), 0, SYN)))
        stranger = tcp(f"198.19.1.{i % 250}", 1024 + i, "203.0.113.80", 25, random.getrandbits(32), 0, SYN)
        lan.append((START + i * MS, stranger))
    write_pcap(tmp_path / "lan.pcap", sorted(lan, key=lambda t: t[0]))
    found = Counter(s["client"]["ip"] for s in analysed(tmp_path, MOST, monkeypatch)["sessions"])
    assert found == {OTHER: 1, CLIENT: MOST - 1}


def test_the_choice_is_the_same_however_windows_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flooded(tmp_path, 1)
    whole = analysed(tmp_path, MOST, monkeypatch)
    small = wanwitness.analyze(**sides_of(tmp_path), rows_only=True, window_frames=50).document
    assert small["sessions"] == whole["sessions"]
    assert small["uncounted_sessions"] == whole["uncounted_sessions"]
