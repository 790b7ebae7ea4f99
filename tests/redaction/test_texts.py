"""Names and addresses in running text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanwitness.redaction.addresses import AddressMasks
from wanwitness.redaction.pseudonyms import Pseudonyms
from wanwitness.redaction.secret_names import Names, raw, registered
from wanwitness.redaction.texts import TextMasks

NAMES = Names(
    domains={b"dupont.example", b"maison.co.uk"},
    kept={b"isp.example"},
    users={b"jean.dupont", b"paie"},
    hosts={b"dupont", b"accueil7", b"pc12"},
    sayings={"Établissements Dupont".encode()},
)


def texts() -> TextMasks:
    return TextMasks(NAMES, AddressMasks(()), Pseudonyms())


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_as_many_bytes_come_out(data: bytes) -> None:
    assert len(texts().mask(data)) == len(data)


@given(st.text(st.sampled_from('ad.@-:[]<>=1fé*"\\ '), max_size=60))
def test_also_of_what_looks_like_names(text: str) -> None:
    """And what was masked is not there any more."""
    data = text.encode() + b" <jean.dupont@dupont.example> [192.168.7.33] " + text.encode()
    masked = texts().mask(data)
    assert len(masked) == len(data)
    assert b"jean.dupont" not in masked
    assert b"192.168.7.33" not in masked


@pytest.mark.parametrize(
    "text",
    [
        "MAIL FROM:<Jean.Dupont@dupont.example> SIZE=1000",
        "RCPT TO:<x@y.example> ORCPT=rfc822;jean.dupont@dupont.example",
        "550 5.1.1 jean.dupont: unknown",
        "for jean.dupont+spam@gmail.com",
        "to=jean.dupont@elsewhere.example",
        '"jean.dupont"@dupont.example',
        "jean.dupont.pdf",
        "xjean.dupontx",
        "bounce+jean.dupont=dupont.example@lists.example",
    ],
)
def test_a_mailbox_is_found_however_it_stands(text: str) -> None:
    masked = texts().mask(text.encode())
    assert b"dupont" not in masked.lower()
    assert len(masked) == len(text)


@pytest.mark.parametrize(
    "text",
    ["EHLO accueil7", "EHLO ACCUEIL7.dupont.example", "pc12 greets", "smtp.maison.co.uk", "x.accueil7.lan",
     "Établissements Dupont", "host=accueil7;", "_ldap._tcp.dupont.example", "nas.home.arpa"],
)  # fmt: skip
def test_a_hosts_name_is_found_however_it_stands(text: str) -> None:
    masked = texts().mask(text.encode()).lower()
    assert not [word for word in (b"accueil7", b"dupont", b"pc12", b"maison", b"nas") if word in masked]


@pytest.mark.parametrize(
    "text",
    ["250 smtp.isp.example ESMTP Postfix", "530 5.7.0 Authentication required", "2012-10-16T07:00:00.011309000Z",
     "203.0.113.10", "2001:db8::25", "lan0.pcap frames 3, 4", "gmail.com", "pc123", "5.7.0.1.2", "1:YFp05IgoV9jkl2=",
     "10.0.0.0/8", "192.168.0.0/16", "250-smtp.isp.example\r\n250-X\r\n250 SIZE",
     "dupont.isp.example", "10:20:30", "a.b", "***@***"],
)  # fmt: skip
def test_the_evidence_stays(text: str) -> None:
    assert texts().mask(text.encode()) == text.encode()


@pytest.mark.parametrize(
    "name", ["accueil7.dupont.example", "pc12", "jean.dupont@dupont.example", "192.168.7.33", "fd00::7:1"]
)
def test_a_reply_of_several_lines_says_the_same(name: str) -> None:
    """Its codes stay, and what stands behind them is masked as elsewhere."""
    some = texts()
    alone = some.mask(name.encode())
    assert alone != name.encode()
    reply = f"250-{name} greets\r\n250-{name}\r\n250 {name}".encode()
    assert some.mask(reply) == b"250-%s greets\r\n250-%s\r\n250 %s" % (alone, alone, alone)


def test_networks_hosts_stay_in_it() -> None:
    some = texts()
    assert some.mask(b"10.0.0.0/24").rpartition(b".")[0] == some.mask(b"10.0.0.7").rpartition(b".")[0] != b"10.0.0"


def test_a_thing_has_one_mask_wherever_it_stands() -> None:
    """Alone, in an address, in capitals; a host by its name and by its name in the domain."""
    some = texts()
    alone, inside = some.mask(b"jean.dupont"), some.mask(b"JEAN.DUPONT@dupont.example")
    assert inside.startswith(alone + b"@")
    assert some.mask(b"accueil7.dupont.example").startswith(some.mask(b"ACCUEIL7") + b".")
    assert some.mask(b"a@dupont.example").split(b"@")[1] == some.mask(b"dupont.example")


def test_escapes_of_a_document_are_the_bytes_that_they_stand_for() -> None:
    r"""What `printable` wrote as `\xe9` is one byte of a name, as in the packet."""
    some = texts()
    told, sent = some.text("caf\\xe9@dupont.example"), some.mask(b"caf\xe9@dupont.example")
    assert told.encode() == sent
    assert raw("caf\\xe9 \\u202e é") == b"caf\xe9 " + "\u202e é".encode()


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("pc.dupont.example", "dupont.example"),
        ("a.b.maison.co.uk", "maison.co.uk"),
        ("X.Y.FR.", "y.fr"),
        ("lan", "lan"),
    ],
)
def test_what_somebody_registered(name: str, domain: str) -> None:
    assert registered(name.encode()) == domain.encode()
