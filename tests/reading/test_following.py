"""Files that grow give the rows that they give when they are whole, however they come."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from places import OFFICE
from wanwitness.inputs import Input, gather
from wanwitness.language import ENGLISH
from wanwitness.reading.following import NEVER, Followed, Following
from wanwitness.reading.point import Point
from wanwitness.reading.read import read

LATER = 1 << 62
FILE_HEADER = 24


@pytest.fixture
def following() -> Iterator[Following]:
    with Following() as following:
        yield following


def _grow(pieces: dict[Path, bytes], most: int, seed: int) -> Iterator[None]:
    """Write the files a piece each at a time, so long as there is anything to write."""
    draw, done = random.Random(seed), dict.fromkeys(pieces, FILE_HEADER)
    for path, content in pieces.items():  # who has a header first is the first capture
        path.write_bytes(content[:FILE_HEADER])
    yield
    while any(done[path] < len(content) for path, content in pieces.items()):
        for path, content in pieces.items():
            size = draw.randrange(most)
            with path.open("ab") as file:
                file.write(content[done[path] : done[path] + size])
            done[path] += size
        yield


def _rows(points: list[Point]) -> list[object]:
    return [
        (
            point.label,
            [(mail.stream.first, mail.stream.ended, mail.stream.marks, mail.dialogue) for mail in point.rows.mail],
            point.rows.dns,
            point.rows.log.clients,
            point.rows.macs,
            point.rows.senders,
            point.rows.log_ins,
            point.rows.ports,
            point.span,
        )
        for point in points
    ]


@pytest.mark.parametrize(("most", "seed"), [(300_000, 0), (9_000, 1), (700, 2)])
def test_pieces_give_the_rows_of_whole_files(tmp_path: Path, following: Following, most: int, seed: int) -> None:
    """Whatever is asked in between, the rows in the end are those of the whole files, connection by connection."""
    whole = gather([str(OFFICE)])
    pieces = {}
    files: list[Followed] = []
    for item in whole.files:
        path = tmp_path / Path(item.path).name
        path.touch()
        pieces[path] = Path(item.path).read_bytes()
        files.append(following.add(Input(str(path), item.rules)))
    counts = []
    for _ in _grow(pieces, most, seed):
        following.read(lambda _: NEVER)
        found = following.so_far()
        counts.append(sum(len(point.rows.mail) for point in found.points) if found else 0)
    for file in files:
        following.end(file)
    following.read(lambda _: NEVER)
    found = following.so_far()
    assert found is not None
    assert _rows(found.points) == _rows(read(whole.files).points)
    assert counts == sorted(counts), "what was told once of a connection is not taken back"


def test_an_open_connection_is_told_and_goes_on(tmp_path: Path, following: Following) -> None:
    """What is told of it so far does not change when more of it comes."""
    item = gather([str(OFFICE)]).files[0]
    content = Path(item.path).read_bytes()
    path = tmp_path / "lan0.pcap"
    path.write_bytes(content[: len(content) // 2])
    following.add(Input(str(path), item.rules))
    following.read(lambda _: NEVER)
    half = following.so_far()
    assert half is not None
    (point,) = half.points
    told = _rows([point])
    with path.open("ab") as file:
        file.write(content[len(content) // 2 :])
    following.read(lambda _: NEVER)
    assert following.so_far() is not None
    assert _rows([point]) == told


def test_frames_wait_for_files_that_may_have_earlier_ones(tmp_path: Path, following: Following) -> None:
    """Of two files of one point none is read beyond the time to which the other is known to be read."""
    item = gather([str(OFFICE)]).files[0]
    full, silent = tmp_path / "a.pcap", tmp_path / "b.pcap"
    full.write_bytes(Path(item.path).read_bytes())
    silent.touch()
    one, other = following.add(Input(str(full), item.rules)), following.add(Input(str(silent), item.rules))
    assert following.read(lambda file: NEVER) == 0
    first = one.begin_ns
    assert first is not None
    half = first + 10**9
    some = following.read(lambda file: half if file is other else LATER)
    assert some > 0
    assert one.begin_ns is not None and one.begin_ns > half
    following.end(other)
    assert following.read(lambda file: LATER) > 0
    assert one.begin_ns is None


def test_a_file_that_ends_in_the_middle_of_a_record_is_damaged(tmp_path: Path, following: Following) -> None:
    """Half a record is waited for as long as the file may grow, and told as damage when it does no more."""
    item = gather([str(OFFICE)]).files[0]
    path = tmp_path / "lan0.pcap"
    path.write_bytes(Path(item.path).read_bytes()[:-5])
    followed = following.add(Input(str(path), item.rules))
    following.read(lambda _: NEVER)
    found = following.so_far()
    assert found is not None and not found.captures[0].damage
    following.end(followed)
    found = following.so_far()
    assert found is not None
    assert [row.reason for row in found.captures[0].damage] == [
        row.reason for row in read([Input(str(path), item.rules)]).captures[0].damage
    ]


def test_what_is_no_capture_is_told(tmp_path: Path, following: Following) -> None:
    """A file of another kind is given up with its reason, and stops nobody."""
    path = tmp_path / "lan.pcapng"
    path.write_bytes(b"x" * 4096)
    followed = following.add(Input(str(path), gather([str(OFFICE)]).files[0].rules))
    assert following.read(lambda _: NEVER) == 0
    assert followed.broken is not None and "not a capture" in ENGLISH.say(followed.broken)
