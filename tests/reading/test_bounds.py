"""What strangers can make any number of is kept within bounds, and what is beyond them is told, once, as a count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from struct import pack

import pytest

from correlate.wire import ACK, SYN, dns, mac, tcp, udp, write_pcap
from english import english
from ingest.files import pcap
from wanwitness.ingest import cooked
from wanwitness.inputs import gather
from wanwitness.protocols import encrypted, visits
from wanwitness.reading import read, sightings
from wanwitness.reading.point import ANY_MAC, Point
from wanwitness.streams import unspoken

START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
WINDOWS = (None, 1, 7)


def seen(folder: Path, frames: Iterable[bytes], window: int | None, apart_ns: int = 1_000_000) -> Point:
    path = folder / "wan.pcap"
    write_pcap(path, [(START + n * apart_ns, frame) for n, frame in enumerate(frames)])
    (point,) = read(gather([str(path)]).files, window_frames=window).points
    return point


def told(point: Point, words: str) -> list[tuple[int | None, str]]:
    return [(row.frame, text) for row in point.rows.oddities if words in (text := english(row.reason))]


def asking(host: int, by: int) -> bytes:
    frame = udp(f"198.18.0.{host}", 5353, "192.0.2.53", 53, dns(host, "name.example"))
    return frame[:6] + mac(by) + frame[12:]


@pytest.mark.parametrize("window", WINDOWS)
def test_senders_beyond_the_bound_of_a_mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int | None) -> None:
    """They take no place of others, and it is known whose are not all there."""
    monkeypatch.setattr(sightings, "MOST_OF_ONE", 3)
    point = seen(tmp_path, [asking(n, 1) for n in (1, 2, 3, 3, 4, 5, 4)] + [asking(9, 2)], window)
    assert sorted(one.address for one in point.sightings) == [f"198.18.0.{n}" for n in (1, 2, 3, 9)]
    assert point.rows.sightings_lost == {(int.from_bytes(mac(1)), "asks")}
    assert told(point, "with their MACs") == [
        (5, "2 senders are too many to be kept with their MACs; of links these show nothing")
    ]


def test_senders_beyond_the_bound_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sightings, "MOST_KEPT", 2)
    point = seen(tmp_path, [asking(n, n) for n in range(1, 5)], None)
    assert len(point.sightings) == 2
    assert point.rows.sightings_lost == {(ANY_MAC, "asks")}


@pytest.mark.parametrize("port", [25, 4000])
def test_connections_that_wait_for_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setattr(unspoken, "MAX_HANDSHAKES", 3)
    syns = (tcp(f"198.18.0.{n}", 1025, "192.0.2.25", port, n, 0, SYN, b"EHLO x\r\n") for n in range(10))
    point = seen(tmp_path, syns, 1)
    assert told(point, "given up early") == [
        (1, "TCP: 7 connections in which nothing was said yet were given up early: there were more than 3 at once")
    ]
    assert port == 4000 or len(point.rows.mail) == 10


def test_answers_to_strangers_take_no_place_of_a_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server answers made-up addresses too; whoever acknowledges its answer is real, and waits for its greeting."""
    monkeypatch.setattr(unspoken, "MAX_HANDSHAKES", 3)
    server = "192.0.2.25", 25

    def opening(client: str, *, acknowledged: bool) -> list[bytes]:
        ends, back = (client, 1025, *server), (*server, client, 1025)
        made = [tcp(*ends, 1, 0, SYN), tcp(*back, 9, 2, SYN | ACK)]
        return [*made, tcp(*ends, 2, 10, ACK)] if acknowledged else made

    client = "192.0.2.10"
    strangers = [frame for n in range(10) for frame in opening(f"198.18.0.{n}", acknowledged=False)]
    late = tcp(*server, client, 1025, 10, 2, ACK, b"220 relay.example ESMTP\r\n")
    point = seen(tmp_path, [*opening(client, acknowledged=True), *strangers, late], 1)
    assert [text.split(" were ")[0] for _, text in told(point, "given up early")] == [
        "TCP: 4 connections in which nothing was said yet"  # three are kept before it is looked at who answered them
    ]
    assert {str(one.stream.orig.ip): one.stream.payload_resp for one in point.rows.mail}[client] > 0


def hello(n: int) -> bytes:
    return tcp(f"198.18.0.{n}", 1025, "192.0.2.80", 80, 1, 1, 24, b"GET / HTTP/1.1\r\nHost: www.example\r\n\r\n")


def private(n: int) -> bytes:
    client = "192.168.1.10" if n % 2 else f"198.18.0.{n}"
    return tcp(client, 1025, "192.0.2.53", 853, n, 0, SYN)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(
    ("make", "room", "bound", "words", "frame"),
    [
        (hello, visits, "_MOST", "7 visits to web servers", 4),
        (private, encrypted, "MOST_ROWS", "encrypted DNS: 6 uses", 1),
    ],
)
def test_visits_and_encrypted_questions(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    window: int | None,
    make: Callable[[int], bytes],
    room: object,
    bound: str,
    words: str,
    frame: int,
) -> None:
    monkeypatch.setattr(room, bound, 3)
    point = seen(tmp_path, map(make, range(10)), window, apart_ns=70 * SECOND)
    ((where, reason),) = told(point, "too many to be kept")
    assert (where, words in reason) == (frame, True)


def test_of_encrypted_questions_the_sites_own_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted, "MOST_ROWS", 5)
    point = seen(tmp_path, map(private, range(10)), None, apart_ns=70 * SECOND)
    assert {row.client for row in point.rows.encrypted_dns} == {"192.168.1.10"}
    assert len(point.rows.encrypted_dns) == 5


@pytest.mark.parametrize("window", WINDOWS)
def test_interfaces_of_the_device_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int | None) -> None:
    monkeypatch.setattr(cooked, "MOST", 2)
    heads = (pack(">HHIHBB8s", 0x0800, 0, ifindex, 1, 0, 6, b"") for ifindex in (1, 2, 3, 2, 4))
    frames = [head + asking(host, 1)[14:] for host, head in enumerate(heads, 1)]
    path = tmp_path / "any.pcap"
    path.write_bytes(pcap(frames, linktype=cooked.LINUX_SLL2))
    readings = read(gather([str(path)]).files, window_frames=window)
    assert len(readings.points) == 3
    assert [(row.frame, english(row.reason)) for row in readings.frames] == [
        (
            3,
            "2 frames came through other interfaces of the device than the first 2, which alone are told apart; "
            "the others are taken for one",
        )
    ]


def test_what_says_no_interface_is_not_the_one_of_its_number(tmp_path: Path) -> None:
    """The third interface of the file, which says none, is another than Linux's second."""
    heads = (pack(">HHIHBB8s", 0x0800, 0, ifindex, 1, 0, 6, b"") for ifindex in (1, 2, 0))
    path = tmp_path / "any.pcap"
    path.write_bytes(pcap([head + asking(7, 1)[14:] for head in heads], linktype=cooked.LINUX_SLL2))
    assert [point.name for point in read(gather([str(path)]).files).points] == ["any/1", "any/2", "device 0"]
