"""From which MACs hosts' packets came, within a bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlate.wire import dns, udp, write_pcap
from english import english
from wanwitness.inputs import gather
from wanwitness.protocols.senders import Senders
from wanwitness.reading import point_reader, read
from wanwitness.reading.point import PointRows

START = 1_700_000_000_000_000_000


def rows(folder: Path, monkeypatch: pytest.MonkeyPatch, macs: list[int], window: int | None, **most: int) -> PointRows:
    """Of hosts that ask a name, each twice, by the MACs that their packets come from."""
    frames = []
    for n, mac in enumerate(macs):
        for number in (2 * n, 2 * n + 1):
            frame = udp(f"192.168.1.{n + 1}", 5353, "192.168.2.53", 53, dns(number, "name.example"))
            frames.append(frame[:6] + mac.to_bytes(6) + frame[12:])
    write_pcap(folder / "lan.pcap", [(START + n, frame) for n, frame in enumerate(frames)])
    monkeypatch.setattr(point_reader, "Senders", lambda: Senders(**most))
    (point,) = read(gather([str(folder / "lan.pcap")]).files, window_frames=window).points
    return point.rows


@pytest.mark.parametrize("window", [None, 1, 5])
def test_the_first_are_remembered_and_the_others_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int | None
) -> None:
    found = rows(tmp_path, monkeypatch, [0x020000000001 + n for n in range(10)], window, most=4)
    assert sorted(found.senders) == [f"192.168.1.{n + 1}" for n in range(4)]
    (odd,) = found.noted
    assert odd.frame == 9
    assert "senders of 12 packets are not compared" in english(odd.reason)


@pytest.mark.parametrize("window", [None, 1, 5])
def test_strangers_behind_one_mac_do_not_crowd_out_the_sites_hosts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int | None
) -> None:
    macs = [0x020000000001] * 8 + [0x020000000002, 0x020000000003]
    found = rows(tmp_path, monkeypatch, macs, window, most=6, most_of_one=3)
    assert sorted(found.senders, key=lambda ip: int(ip.split(".")[3])) == [f"192.168.1.{n}" for n in (1, 2, 3, 9, 10)]
    assert "senders of 10 packets" in english(found.noted[0].reason)


def test_who_was_seen_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not rows(tmp_path, monkeypatch, [1, 2, 3], None, most=3).noted
