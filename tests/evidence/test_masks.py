"""Of a dialogue's bytes, only what the case tells too is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.smtp.conftest import Event, feed, read_script
from wanwitness.evidence.masks import Masks

SECRET = "AGJvYgBodW50ZXIy"
START = "S: 220 relay.example ESMTP\nC: EHLO pc.example\nS: 250-relay.example\nS: 250 AUTH PLAIN LOGIN\n"
MAIL = "C: MAIL FROM:<a@site.example>\nS: 250 2.1.0 ok\nC: RCPT TO:<b@far.example>\nS: 250 2.1.5 ok\n"


def seen(events: list[Event]) -> list[bytes]:
    """Each packet's payload as an evidence capture has it."""
    dialogue = feed(events)
    assert dialogue is not None
    masks = Masks(dialogue)
    shown, pieces = [], []
    begins = {frame.number for frame in dialogue.tls_frames}
    seq = {"orig": 0xFFFFFFF0, "resp": 7}
    for number, (direction, data) in enumerate(events, 1):
        assert isinstance(data, bytes)
        at, seq[direction] = seq[direction], (seq[direction] + len(data)) & 0xFFFFFFFF
        pieces.append(masks.take(direction, data, at, begins_tls=number in begins))
    for piece in pieces:
        data = piece.payload
        masked = bytearray(data)
        for begin, end in masks.hidden(piece):
            assert 0 <= begin < end <= len(data)
            assert b"\n" not in data[begin:end]
            masked[begin:end] = b"*" * (end - begin)
        shown.append(bytes(masked))
    return shown


@pytest.mark.parametrize(
    ("script", "last"),
    [
        (START + f"C: AUTH PLAIN {SECRET}", "AUTH PLAIN ****************"),
        (START + f"C: auth  plain  {SECRET}", "auth  plain  ****************"),
        (START + f"C: AUTH {SECRET.lower()}", "AUTH ****************"),
        (START + f"C: AUTH PLAIN {SECRET}\nS: 501 cannot decode {SECRET}", "501 cannot decode ****************"),
        (START + f"C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {SECRET}", "****************"),
        (START + f"C: NOOP {SECRET}", "NOOP ****************"),
        (START + f"C: Mail me the {SECRET}", "Mail " + "*" * 23),
        (START + MAIL, "250 2.1.5 ok"),
        (START + MAIL + "C: DATA", "DATA"),
        (START + MAIL + "C: DATA\nS: 354 go\nC: .", "."),
        (START + MAIL + f"C: DATA\nS: 354 go\nC: Subject: {SECRET}", "*" * 25),
        (
            START + MAIL + f"C: DATA\nS: 354 go\nC: Help {SECRET}\\r\\nQUIT\\r\\n.\\r\\nQUIT",
            "*" * 21 + "\r\nQUIT\r\n.\r\nQUIT",
        ),
        (START + MAIL + f"C> BDAT 16 LAST\\r\\n{SECRET}QUIT\\r\\n", "BDAT 16 LAST\r\n" + "*" * 20),
        (START + MAIL + f"C> DATA\\r\\n\nS: 354 go\nC> {SECRET[:7]}\nC: {SECRET[7:]}", "*" * 9),
    ],
)
def test_what_is_shown(script: str, last: str) -> None:
    assert seen(read_script(script))[-1].decode().removesuffix("\r\n") == last


def test_a_message_may_repeat_what_was_said_and_nothing_else() -> None:
    body = f"MAIL FROM:<a@site.example>\\r\\nMAIL FROM:<{SECRET}@site.example>\\r\\n250 2.1.0 ok"
    shown = seen(read_script(START + MAIL + f"C: DATA\nS: 354 go\nC: {body}\\r\\n.\nS: 250 ok"))[-2].decode()
    assert shown == "MAIL FROM:<a@site.example>\r\nMAIL " + "*" * 36 + "\r\n" + "*" * 12 + "\r\n.\r\n"


def test_tls_is_shown() -> None:
    """It says nothing, and Wireshark with a key log wants all of it."""
    record = "\\x16\\x03\\x01\\x00\\x02\\x01b"
    script = f"{START}C: STARTTLS\nS: 220 go\nC> {record}\nS> {record}\nC> {record[:8]}\nC> {record[8:]}\nS> {record}"
    events = read_script(script)
    assert seen(events)[-5:] == [data for _, data in events[-5:]]


@pytest.mark.parametrize(
    "behind",
    [
        f"S> \\x15\\x03\\x01\\x00\\x02\\x02\\x28\nC: AUTH PLAIN {SECRET}\nS: 235 ok",
        f"C: AUTH PLAIN {SECRET}",
        f"C> \\x17\\x03\\x03\\x00\\x40cut off\nC: AUTH PLAIN {SECRET}",
        f"C> \\x17\\x03\\x03\\x00\\x12\nC: {SECRET}",
        f"S: 454 no\nS: 500 what is {SECRET}",
    ],
)
def test_what_is_no_record_is_hidden_behind_the_beginning_of_tls(behind: str) -> None:
    """The handshake failed and all went on in the clear, or another connection took the ports."""
    hello = "\\x16\\x03\\x01\\x00\\x02\\x01b"
    events = read_script(f"{START}C: STARTTLS\nS: 220 go\nC> {hello}\n{behind}")
    assert SECRET.encode() not in b"".join(seen(events))


def test_what_looks_like_tls_in_a_dialogue_without_is_hidden() -> None:
    script = f"{START}{MAIL}C: DATA\nS: 354 go\nC: text\nC> \\x16\\x03\\x01{SECRET}"
    assert SECRET.encode() not in b"".join(seen(read_script(script)))


@given(st.lists(st.tuples(st.sampled_from(("orig", "resp")), st.binary(max_size=40)), max_size=12))
def test_whatever_is_sent_keeps_its_length(packets: list[tuple[str, bytes]]) -> None:
    events = read_script(START) + [("orig" if who == "orig" else "resp", data) for who, data in packets]
    assert list(map(len, seen(events))) == [len(data) for _, data in events if isinstance(data, bytes)]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60), st.data())
def test_however_a_message_is_cut_none_of_its_words_is_shown(word: str, data: st.DataObject) -> None:
    word = "w" + word  # it begins no command, reply or end
    content = f"Subject: {word}\r\n\r\n{word}\r\n.\r\n".encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(content) - 1), max_size=6)))
    pieces = [content[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
    events = read_script(START + MAIL + "C: DATA\nS: 354 go")
    shown = seen(events + [("orig", piece) for piece in pieces] + read_script("S: 250 ok"))
    assert set(b"".join(shown[len(events) : -1])) <= set(b"*\r\n.")


def test_a_reply_too_long_for_the_case_is_not_shown_beyond_it() -> None:
    """The case keeps 2,000 characters of a line, and does not know what the rest repeats."""
    script = START + f"C: AUTH PLAIN {SECRET}\nS: 535 {'no ' * 900}{SECRET}"
    assert seen(read_script(script))[-1] == b"535 " + b"*" * (2700 + len(SECRET)) + b"\r\n"


def test_ports_used_again_begin_in_the_clear() -> None:
    """Though the sequence numbers go on where the TLS of the connection before ended."""
    hello, record = b"\x16\x03\x01\x00\x02ab", b"\x17\x03\x03\x00\x03\x00ab"
    dialogue = feed(read_script(START + "C: STARTTLS\nS: 220 go\nC> \\x16\\x03\\x01\\x00\\x02ab"))
    assert dialogue is not None
    masks = Masks(dialogue)
    pieces = [
        masks.take("orig", hello, 100, begins_tls=True),
        masks.take("orig", record, 107),
        masks.take("orig", b"", 114, opens=True),
        masks.take("orig", b"more", 115),
    ]
    assert [masks.hidden(piece) for piece in pieces] == [[], [], [], [(0, 4)]]


def test_a_message_that_looks_like_tls_is_hidden_though_tls_comes_later() -> None:
    script = f"{START}{MAIL}C: DATA\nS: 354 go\nC> \\x16\\x03\\x01{SECRET}\nC> {SECRET}\nC> \\r\\n.\\r\\n\nS: 250 ok\n"
    events = read_script(script + "C: STARTTLS\nS: 220 go\nC> \\x16\\x03\\x01\\x00\\x02ab")
    shown = seen(events)
    assert SECRET.encode() not in b"".join(shown)
    assert shown[-1] == events[-1][1]


@given(st.data())
def test_however_a_dialogue_is_cut_and_repeated_the_same_is_shown(data: st.DataObject) -> None:
    """Lines typed by hand can be read, a character a packet."""
    script = (
        f"{START}C: AUTH PLAIN {SECRET}\nS: 535 no {SECRET}\n{MAIL}C: DATA\nS: 354 go\nC: {SECRET}\nC: .\nS: 250 ok"
    )
    events = read_script(script)
    whole = seen(events)
    cut: list[Event] = []
    for direction, text in events:
        assert isinstance(text, bytes)
        places = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=len(text))))
        cut += [(direction, text[a:b]) for a, b in zip([0, *places], [*places, None], strict=True)]
    for direction in ("orig", "resp"):
        expected = b"".join(text for (who, _), text in zip(events, whole, strict=True) if who == direction)
        assert b"".join(text for (who, _), text in zip(cut, seen(cut), strict=True) if who == direction) == expected


def test_a_packet_that_contradicts_another_shows_nothing_of_its_own() -> None:
    dialogue = feed(read_script(START))
    assert dialogue is not None
    masks = Masks(dialogue)
    pieces = [masks.take("orig", text, 100) for text in (b"EHLO pc.example\r\n", b"EHLO pc.exSECRE\r\n", b"EHLO")]
    assert [masks.hidden(piece) for piece in pieces] == [[], [(10, 15)], []]


def test_a_refusal_without_a_well_formed_code_is_shown() -> None:
    """It is what the evidence is about."""
    script = START + "C: MAIL FROM:<a@site.example>\nS: 530: Authentication required\nC: QUIT\nS: 4.7.0 later"
    assert seen(read_script(script))[-3:] == [b"530: Authentication required\r\n", b"QUIT\r\n", b"4.7.0 later\r\n"]
