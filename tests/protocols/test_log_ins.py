"""Log-ins to mailboxes: told from the dialogue, success from failure, and no secret kept."""

from __future__ import annotations

import pytest

from wanwitness.protocols.imap import ImapLogIn
from wanwitness.protocols.pop import PopLogIn
from wanwitness.protocols.tls import Records

Said = list[tuple[str, bytes]]
POP: Said = [
    ("resp", b"+OK ready\r\n"),
    ("orig", b"CAPA\r\n"),
    ("resp", b"+OK\r\nUSER\r\nSTLS\r\n.\r\n"),
    ("orig", b"USER alice\r\n"),
    ("resp", b"+OK\r\n"),
    ("orig", b"PASS not-a-secret\r\n"),
    ("resp", b"-ERR no\r\n"),
    ("orig", b"AUTH PLAIN\r\n"),
    ("resp", b"+ \r\n"),
    ("orig", b"AGFsaWNlAG5vdC1hLXNlY3JldA==\r\n"),
    ("resp", b"+OK in\r\n"),
    ("orig", b"RETR 1\r\n"),
    ("resp", b"+OK\r\n+OK PASS\r\n.\r\n"),
]
IMAP: Said = [
    ("resp", b"* OK ready\r\n"),
    ("orig", b"a1 CAPABILITY\r\n"),
    ("resp", b"* CAPABILITY IMAP4rev1\r\na1 OK\r\n"),
    ("orig", b"a2 login alice wrong\r\n"),
    ("resp", b"a2 NO no\r\n"),
    ("orig", b"a3 AUTHENTICATE PLAIN\r\n"),
    ("resp", b"+ \r\n"),
    ("orig", b"AGFsaWNlAG5vdC1hLXNlY3JldA==\r\n"),
    ("resp", b"* CAPABILITY IMAP4rev1\r\na3 OK in\r\n"),
]


def decided(reader: PopLogIn | ImapLogIn, said: Said, size: int) -> list[bool]:
    found = []
    for side, data in said:
        for piece in (data[at : at + size] for at in range(0, len(data), size)):
            if side == "orig":
                reader.client(piece)
            elif (one := reader.server(piece)) is not None:
                found.append(one)
    return found


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(("reader", "said"), [(PopLogIn, POP), (ImapLogIn, IMAP)])
def test_failure_then_success(reader: type[PopLogIn] | type[ImapLogIn], said: Said, size: int) -> None:
    """However the bytes are cut, one log-in failed and one succeeded, and what follows is not looked at."""
    login = reader()
    assert decided(login, said, size) == [False, True]
    assert login.done
    kept = repr([vars(value) if hasattr(value, "__dict__") else value for value in vars(login).values()])
    assert "secret" not in kept and "alice" not in kept


@pytest.mark.parametrize(("reader", "command"), [(PopLogIn(), b"STLS\r\n"), (ImapLogIn(), b"a1 STARTTLS\r\n")])
def test_behind_starttls_nothing_is_read(reader: PopLogIn | ImapLogIn, command: bytes) -> None:
    reader.server(b"+OK\r\n" if isinstance(reader, PopLogIn) else b"* OK\r\n")
    reader.client(command)
    reader.server(b"+OK\r\n" if isinstance(reader, PopLogIn) else b"a1 OK\r\n")
    assert reader.encrypted and not reader.done


def test_who_sends_far_ahead_by_pop_is_not_followed() -> None:
    """As many commands as it may be are paired; with more, nothing is decided any more."""
    for many, known in ((900, True), (1100, None)):
        login = PopLogIn()
        login.client(b"NOOP\r\n" * many + b"PASS x\r\n")
        assert login.server(b"+OK\r\n" * (many + 2)) is known


def test_preauthenticated() -> None:
    """A server that knows its client by other means greets it as one who is in (RFC 9051 section 7.1.4)."""
    assert ImapLogIn().server(b"* PREAUTH hello\r\n") is True


def test_a_line_without_end_is_not_kept() -> None:
    login = PopLogIn()
    for _ in range(100):
        login.server(b"x" * 1000)
    assert login.server(b"\r\n+OK ready\r\n") is None


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_records_are_counted_however_they_are_cut(size: int) -> None:
    data = b"\x16\x03\x01\x00\x02ab" + 3 * b"\x17\x03\x03\x00\x04\x17\x03\x03\x00" + b"\x15\x03\x03\x00\x00"
    records = Records()
    for piece in (data[at : at + size] for at in range(0, len(data), size)):
        records.feed(piece)
    assert records.application_data == 3 and not records.lost


def test_what_is_no_tls_is_not_counted() -> None:
    records = Records()
    records.feed(b"* OK hello\r\n" * 5)
    assert records.lost and records.application_data == 0


@pytest.mark.parametrize("size", [1, 1000, 1500, 5000])
def test_a_token_longer_than_a_line_is_a_log_in_all_the_same(size: int) -> None:
    """However it is cut: those of OAuth and Kerberos have thousands of characters."""
    token = b"x" * 3000
    pop: Said = [("resp", b"+OK ready\r\n"), ("orig", b"AUTH XOAUTH2 " + token + b"\r\n"), ("resp", b"+OK in\r\n")]
    imap: Said = [("resp", b"* OK\r\n"), ("orig", b"a AUTHENTICATE X " + token + b"\r\n"), ("resp", b"a OK in\r\n")]
    assert decided(PopLogIn(), pop, size) == decided(ImapLogIn(), imap, size) == [True]
