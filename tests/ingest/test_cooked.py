"""The device `any` becomes the interfaces that its frames came through."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest

from ingest.files import Pcapng, pcap
from wanwitness.ingest import CaptureFile
from wanwitness.ingest.cooked import LINUX_SLL2, MOST


def cooked(ifindex: int) -> bytes:
    return pack(">HHIHBB8s", 0x0800, 0, ifindex, 1, 0, 6, b"") + b"\x45"


def interfaces(path: Path, content: bytes, window: int) -> tuple[list[int], CaptureFile]:
    path.write_bytes(content)
    capture = CaptureFile(path)
    return [n for w in capture.windows(max_frames=window) for n in w.interface.tolist()], capture


@pytest.mark.parametrize("window", [1, 2, 100])
def test_each_number_is_an_interface_in_order_of_appearance(tmp_path: Path, window: int) -> None:
    """However the windows are cut; a frame that is too short to say, or says 0, is the device's own."""
    content = pcap([cooked(7), cooked(2), b"\x08\0\0\0", cooked(7), cooked(0), cooked(2)], linktype=LINUX_SLL2)
    found, capture = interfaces(tmp_path / "any.pcap", content, window)
    assert found == [0, 1, 2, 0, 2, 1]
    assert [(i.index, i.name, i.ifindex) for i in capture.interfaces] == [(0, "7", 7), (1, "2", 2), (2, None, None)]


@pytest.mark.parametrize("window", [1, 2, 100])
def test_other_interfaces_keep_their_numbers_for_the_user(tmp_path: Path, window: int) -> None:
    """Beside them, a bare number is the file's own, and Linux's comes behind the device's name."""
    file = Pcapng().interface(LINUX_SLL2, name=b"any").interface(name=b"eth0").interface(LINUX_SLL2)
    for interface, packet in ((1, b"x" * 60), (0, cooked(1)), (0, cooked(4)), (1, b"x" * 60)):
        file.packet(packet, interface, 0)
    found, capture = interfaces(tmp_path / "mixed.pcapng", file.content, window)
    names = [i.names for i in capture.interfaces]
    assert [capture.interfaces[n].index_in_section for n in found] == [1, 0, 0, 1]
    assert names[found[0]] == {"1", "eth0"}
    assert names[found[1]] == {"0", "any", "0/1", "any/1"}
    assert names[found[2]] == {"0", "any", "0/4", "any/4"}
    assert len(names) == 4, "the device that showed nothing is there too"


def test_a_hostile_file_has_a_bounded_number_of_them(tmp_path: Path) -> None:
    """What is beyond the bound stays the device's, is there all the same, and is counted."""
    content = pcap([cooked(n + 1) for n in range(100 * MOST)], linktype=LINUX_SLL2)
    found, capture = interfaces(tmp_path / "any.pcap", content, 9000)
    assert len(capture.interfaces) == MOST + 1
    assert found == [*range(MOST), *[MOST] * 99 * MOST]
    assert capture.beyond == (99 * MOST, MOST + 1)


@pytest.mark.parametrize("window", [1, 2, 100])
def test_only_what_is_beyond_the_bound_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    """Not the frames of those that are told apart, nor those that name none."""
    monkeypatch.setattr("wanwitness.ingest.cooked.MOST", 2)
    numbers = [7, 2, 0, 7, 9, 0, 2, 9, 8, 7]
    _, capture = interfaces(tmp_path / "any.pcap", pcap([cooked(n) for n in numbers], linktype=LINUX_SLL2), window)
    assert capture.beyond == (3, 5)
