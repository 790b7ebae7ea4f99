"""tshark's account of a connection's bytes."""

from __future__ import annotations

from wanwitness.secrets.follow import Said, said

TEXT = b"""\
peers:
  - peer: 0
    host: 198.51.100.25
    port: 25
packets:
  - packet: 18
    peer: 1
    timestamp: 1795698535.954839945
    data: !!binary |
      RUhMTyBwYy5s
      YW4NCg==
  - packet: 21
    peer: 0
    timestamp: 1795698536.5
    data: !!binary |
      MjUwIG9rDQo=
peers:
packets:
  - packet: 7
    peer: 0
    timestamp: 1.000000001
    data: !!binary |
      eA==
"""


def test_each_piece_has_its_frame_its_time_and_its_bytes() -> None:
    """Of all connections; nanoseconds are exact."""
    assert list(said(TEXT.splitlines(keepends=True))) == [
        Said(18, 1_795_698_535_954_839_945, b"EHLO pc.lan\r\n"),
        Said(21, 1_795_698_536_500_000_000, b"250 ok\r\n"),
        Said(7, 1_000_000_001, b"x"),
    ]


def test_an_account_that_was_cut_ends_before_what_is_not_whole() -> None:
    """At every byte: what is told then is the beginning of all."""
    whole = list(said(TEXT.splitlines(keepends=True)))
    for end in range(len(TEXT)):
        some = list(said(TEXT[:end].splitlines(keepends=True)))
        assert some[:-1] == whole[: max(len(some) - 1, 0)]
        assert not some or whole[len(some) - 1].data.startswith(some[-1].data)
