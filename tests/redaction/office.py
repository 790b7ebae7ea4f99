"""A small office whose names and addresses are secrets, and every form in which one may stand in a file."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from correlate import wire
from correlate.simulator import NAME, Script, Simulator

PC, PC2, PC6 = "192.168.1.27", "192.168.1.131", "fd42:9ac7:51e0:1::7b2c"
MACS = {PC: 0x31C7, PC2: 0x51A9, PC6: 0x31C7}
WORDS = (
    "jean.dupont",
    "compta-paie",
    "martine.lefevre",
    "dupont-plomberie",
    "maison-lefevre",
    "pc-accueil7",
    "serveur-paie",
    "Établissements Dupont",
)
"""Each of them is one thing."""
SECRETS = [
    *(word.encode() for word in WORDS),
    *(address.encode() for address in (PC, PC2, PC6)),
    *(wire.mac(number).hex(":").encode() for number in MACS.values()),
]
PACKED = [*(ip_address(address).packed for address in (PC, PC2, PC6)), *(wire.mac(n) for n in MACS.values())]
"""As packets have them."""
STAYS = [b"smtp.isp.example", b"198.51.100.25", b"203.0.113.10", b"198.51.100.53", b"5.7.0", b"orange", b"sfr"]
"""The evidence."""
SITE = """
[site]
name = "Établissements Dupont"
timezone = "Europe/Paris"
lan = ["192.168.1.0/24", "fd42:9ac7:51e0:1::/64"]
[[link]]
name = "orange"
isp = "Orange"
addresses = ["203.0.113.10", "2001:db8:ff0::10"]
resolvers = ["198.51.100.53"]
relays = ["smtp.isp.example", "198.51.100.25"]
[[link]]
name = "sfr"
isp = "SFR"
addresses = ["203.0.113.20", "2001:db8:ff1::10"]
resolvers = ["198.51.100.54"]
relays = ["198.51.100.26"]
[[capture]]
file = "lan.pcap"
role = "lan"
[[capture]]
file = "orange.pcap"
role = "wan"
link = "orange"
[[capture]]
file = "sfr.pcap"
role = "wan"
link = "sfr"
[[event]]
at = 2023-11-14T22:13:21+01:00
kind = "hotline"
what = "jean.dupont called the hotline from pc-accueil7"
"""


def _script(helo: str, sender: str, *, refused: bool) -> Script:
    hello = f"250-relay.isp.example Hello {helo} [203.0.113.10]\r\n250-{helo}\r\n250 SIZE 1000"
    greeting = ("", "220 relay.isp.example ESMTP"), (f"EHLO {helo}", hello)
    if refused:
        said = "530 5.7.0 <jean.dupont@dupont-plomberie.example>: Authentication required for PC-ACCUEIL7"
        return (*greeting, (f"MAIL FROM:<{sender}>", said), ("QUIT", "221 bye"))
    return (
        *greeting,
        (f"MAIL FROM:<{sender}>", "250 2.1.0 ok"),
        ("RCPT TO:<martine.lefevre@maison-lefevre.example>", "550 5.1.1 user martine.lefevre unknown"),
        ("RCPT TO:<Martine.Lefevre+1@maison-lefevre.example>", "250 2.1.5 ok"),
        ("QUIT", "221 bye"),
    )


def record(folder: Path) -> Path:
    """Write the office's captures and its site file into a folder."""
    site = Simulator(seed=7)
    for address, number in MACS.items():
        site.announce(0, address, number)
    dupont = "jean.dupont@dupont-plomberie.example"
    site.ask(1, PC, "sfr")
    site.connect(2, PC, "orange", script=_script("pc-accueil7.dupont-plomberie.example", dupont, refused=True))
    site.ask(600, PC2, "orange")
    site.connect(601, PC2, "orange", script=_script(f"[{PC2}]", "compta-paie@dupont-plomberie.example", refused=False))
    site.ask(1200, PC, "orange")
    site.connect(
        1201, PC, "orange", script=_script("PC-ACCUEIL7", "Jean.Dupont@Dupont-Plomberie.example", refused=False)
    )
    site.ask(1300, PC, "orange", name="serveur-paie.dupont-plomberie.example", address=PC2)
    site.connect(1800, PC2, "orange", answer="icmp")
    site.ask(2400, PC6, "sfr", address="2001:db8:25::25", qtype="AAAA")
    script = _script(f"[IPv6:{PC6}]", dupont, refused=True)
    site.connect(2401, PC6, "orange", address="2001:db8:25::25", script=script, own=PC6)
    site.write(folder)
    (folder / "site.toml").write_text(SITE)
    return folder


assert NAME.encode() in STAYS
