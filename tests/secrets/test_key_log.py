"""Key logs, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from english import all_english
from wanwitness import UsageError
from wanwitness.secrets import read_key_logs

RANDOM, SECRET = "0a" * 32, "0b" * 48


def written(folder: Path, *lines: str, name: str = "keys.txt") -> str:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def test_keys_of_all_versions_are_kept_once(tmp_path: Path) -> None:
    """Also of several files; comments and empty lines are nothing."""
    lines = (
        f"CLIENT_RANDOM {RANDOM} {SECRET}",
        f"SERVER_TRAFFIC_SECRET_0 {RANDOM} {SECRET}",
        f"RSA Session-ID:{RANDOM} Master-Key:{SECRET}",
    )
    one = written(tmp_path, "# SSL/TLS secrets log file", "", *lines)
    two = written(tmp_path, *lines, name="more.txt")
    keys = read_key_logs([one, two])
    assert (keys.lines, keys.oddities) == (lines, ())
    assert keys.text.count("\n") == 3


def test_lines_that_are_none_are_counted_and_left_out(tmp_path: Path) -> None:
    """The first is named by its number."""
    good = f"CLIENT_RANDOM {RANDOM} {SECRET}"
    keys = read_key_logs([written(tmp_path, good, good[:70], "CLIENT_RANDOM 00 00", good)])
    assert keys.lines == (good,)
    assert all_english(keys.oddities) == [
        f"{tmp_path}/keys.txt: 2 lines are no key of TLS, and left out (the first is line 2)"
    ]


@pytest.mark.parametrize("content", [b"-----BEGIN PRIVATE KEY-----\nMIGH\n", b"\xd4\xc3\xb2\xa1" + bytes(100)])
def test_another_file_is_no_key_log(tmp_path: Path, content: bytes) -> None:
    """A server's private key, which many take for it, or a capture."""
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no TLS key log") as caught:
        read_key_logs([str(path)])
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.txt: cannot be read \(No such file or directory\)"):
        read_key_logs([str(tmp_path / "none.txt")])


def test_no_session_is_no_damage(tmp_path: Path) -> None:
    """A client that opened no TLS leaves its log empty."""
    assert read_key_logs([written(tmp_path)]).lines == ()
