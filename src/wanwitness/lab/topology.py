"""Where everything is: the site, its links, the providers' services and the rest of the Internet, as data.

    clients c1 … c8 ── lan ── router ── wan1 ── isp1 ──┐
    c9, c10 ── inner ───┘          ├─── wan2 ── isp2 ──┼── core: the public resolver, the recipients' servers
                                   ├─── wan3 ── isp3 ──┘
                                   └─── box1, box2: boxes of ISP 1 and 2, for the scenarios with such boxes

`inner` is a second router, which hides nothing. Between the router and each provider lies `wires`, which may delay.

All addresses are documentation or benchmark ranges (RFC 5737, 3849, 2544) or private ones; all names end in `example`.
"""

from __future__ import annotations

from dataclasses import dataclass

CLIENTS = 8
"""Hosts on the LAN; a run may use fewer."""
LAN_PREFIX, LAN_PREFIX6 = "192.168.1.", "fd00:1::"
INNER = 2
"""Hosts behind the second router; they are counted on from the LAN's."""
INNER_PREFIX, INNER_PREFIX6 = "192.168.7.", "fd00:7::"
INNER_ROUTER, INNER_ROUTER6 = "192.168.1.9", "fd00:1::9"
ROUTER_LAN, ROUTER_LAN6 = "192.168.1.1", "fd00:1::1"
CORE_SERVICES = "198.18.9."
PUBLIC_RESOLVER = "198.18.9.53"
MX = "198.18.9.25"
"""The third party's mail server, `mx.third.example`."""
STRICT_MX = "198.18.9.26"
"""`mx.bigmail.example`, with a block list."""
GREY_MX = "198.18.9.27"
"""`mx.grey.example`, which greylists."""
FAR_MX = "198.18.9.28"
"""`mx.far.example`: ISP 1 lets nobody reach its port 25."""
WALLED_MX = "198.18.9.29"
"""`mx.walled.example`: ISP 1 answers connections to its port 25 itself, with ICMP."""
SHARED_RELAY = "198.18.9.30"
"""`relay.shared.example`: every resolver gives this one address."""


@dataclass(frozen=True, slots=True)
class Brand:
    """The name by which the story knows a provider: relays, mailbox and webmail of a second domain of his."""

    name: str
    """Of the link, and of the domain before `.example`."""
    isp: str
    """For people."""


BRANDS = {1: Brand("orange", "Orange"), 2: Brand("sfr", "SFR")}
"""By the link's number."""


@dataclass(frozen=True, slots=True)
class LabLink:
    """One Internet access and its provider."""

    number: int
    router: str
    """The router's address on it."""
    gateway: str
    network: str
    router6: str
    gateway6: str
    network6: str

    @property
    def name(self) -> str:
        """The link's name in the site file."""
        return f"isp{self.number}"

    @property
    def isp(self) -> str:
        """The provider's name for people."""
        return f"ISP {('One', 'Two', 'Three')[self.number - 1]}"

    @property
    def brand(self) -> Brand | None:
        """His name in the story, which knows two providers."""
        return BRANDS.get(self.number)

    @property
    def interface(self) -> str:
        """The router's interface."""
        return f"wan{self.number}"

    @property
    def table(self) -> int:
        """The router's routing table that leads out here."""
        return 100 + self.number

    @property
    def leased(self) -> str:
        """The router's address where the provider gives it by DHCP."""
        return self.router.removesuffix("10") + "40"

    @property
    def later(self) -> str:
        """The router's address after it was given another."""
        return self.router.removesuffix("10") + "50"

    @property
    def addresses(self) -> frozenset[str]:
        """All addresses that the router may have on it, whenever."""
        return frozenset((self.router, self.leased, self.later, self.router6))

    def service(self, host: int) -> str:
        """Return the address of one of the provider's servers."""
        return f"198.18.{self.number}.{host}"

    def service6(self, host: int) -> str:
        """Return the IPv6 address of one of the provider's servers."""
        return f"2001:db8:{self.number}::{host}"

    @property
    def resolver(self) -> str:
        """The provider's resolver."""
        return self.service(53)

    @property
    def services(self) -> str:
        """The network of the provider's servers."""
        return f"198.18.{self.number}.0/24"

    @property
    def services6(self) -> str:
        """Their IPv6 network."""
        return f"2001:db8:{self.number}::/48"


def _link(number: int, network: str, network6: int) -> LabLink:
    net, six = network.removesuffix("0"), f"2001:db8:{network6}::"
    return LabLink(number, net + "10", net + "1", network + "/24", six + "10", six + "1", six + "/64")


LINKS = (_link(1, "198.51.100.0", 100), _link(2, "203.0.113.0", 200), _link(3, "192.0.2.0", 300))
BY_NAME = {link.name: link for link in LINKS}

SUBSCRIBERS, PUBLIC = 25, 125
"""The last numbers of each provider's relays: the one for its subscribers, and the one that everybody is told of."""
BRAND_SUBSCRIBERS, BRAND_PUBLIC = 35, 135
"""Those of the relays in the story's domains."""
HOSTS = {
    "tls": 26,
    "strict": 27,
    "auth": 28,
    "detour": 29,
    "denying": 30,
    "hosting": 31,
    "pop": 110,
    "webmail": 80,
    "closed": 126,
}
"""Its other servers, `NAME.ispN.example`: a relay that offers STARTTLS, one that wants it, one that offers AUTH, one
whose answers come back by another provider, one that says `Relay access denied`, one that takes mail from
whoever fetched his by POP3 before, POP3, webmail, and nothing at all."""

EVERYWHERE = {
    "mx.third.example": (MX, "2001:db8:9::25"),
    "mx.bigmail.example": (STRICT_MX, None),
    "mx.grey.example": (GREY_MX, None),
    "mx.far.example": (FAR_MX, None),
    "mx.walled.example": (WALLED_MX, None),
    "relay.shared.example": (SHARED_RELAY, None),
}
"""Names that every resolver answers alike, and their addresses."""
MAIL_DOMAINS = {
    "third.example": "mx.third.example",
    "bigmail.example": "mx.bigmail.example",
    "grey.example": "mx.grey.example",
    "far.example": "mx.far.example",
}
TTL_S = 300
SHORT_TTL_S = 1


def client(number: int) -> str:
    """Return the address of the site's host `number`, from 1; those after the LAN's are behind the second router."""
    return f"{LAN_PREFIX if number <= CLIENTS else INNER_PREFIX}{9 + number}"


def client6(number: int) -> str:
    """Return its IPv6 address."""
    return f"{LAN_PREFIX6 if number <= CLIENTS else INNER_PREFIX6}{9 + number}"
