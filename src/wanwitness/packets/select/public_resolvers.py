"""Public resolvers that speak DNS over HTTPS, which on port 443 looks like any web site.

Names and addresses are those of Chromium's list (net/dns/public/doh_provider_entry.cc, November 2025, the resolvers for
everybody) and of Firefox's two built-in ones (mozilla.cloudflare-dns.com, firefox.dns.nextdns.io). Their addresses
serve little else on that port. A resolver that is not listed is not recognised, and neither is one whose name the
client encrypts (ECH) at an address that is not listed.
"""

from __future__ import annotations

from wanwitness.packets.addresses import packed

NAMES = frozenset(
    (
        *("dns.google", "dns.google.com", "dns64.dns.google"),
        *("cloudflare-dns.com", "one.one.one.one", "doh.cleanbrowsing.org", "odvr.nic.cz", "doh.dns.sb"),
        *("doh.opendns.com", "doh.familyshield.opendns.com", "doh.xfinity.com", "doh.cox.net"),
        *("dns.quad9.net", "dns9.quad9.net", "dns10.quad9.net", "dns11.quad9.net"),
        *("protective.joindns4.eu", "public.dns.iij.jp", "dns.nextdns.io", "dns.levonet.sk", "doh.quickline.ch"),
    )
)
UNDER = (".cloudflare-dns.com", ".dns.nextdns.io")
"""Customers and browsers have names of their own under these."""
ADDRESSES = frozenset(
    packed(address)
    for address in (
        *("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"),
        *("2001:4860:4860::64", "2001:4860:4860::6464"),
        *("1.1.1.1", "1.0.0.1", "2606:4700:4700::1111", "2606:4700:4700::1001"),
        *("1.1.1.2", "1.0.0.2", "2606:4700:4700::1112", "2606:4700:4700::1002"),
        *("1.1.1.3", "1.0.0.3", "2606:4700:4700::1113", "2606:4700:4700::1003"),
        *("9.9.9.9", "149.112.112.112", "2620:fe::fe", "2620:fe::9"),
        *("9.9.9.10", "149.112.112.10", "2620:fe::10", "2620:fe::fe:10"),
        *("9.9.9.11", "149.112.112.11", "2620:fe::11", "2620:fe::fe:11"),
        *("208.67.222.222", "208.67.220.220", "2620:119:35::35", "2620:119:53::53"),
        *("208.67.222.123", "208.67.220.123", "2620:119:35::123", "2620:119:53::123"),
        *("185.228.168.9", "185.228.169.9", "185.228.168.10", "185.228.169.11", "185.228.168.168", "185.228.169.168"),
        *("185.222.222.222", "45.11.45.11", "2a09::", "2a11::", "185.43.135.1", "193.17.47.1"),
        *("86.54.11.1", "86.54.11.201", "2a13:1001::86:54:11:1", "2a13:1001::86:54:11:201"),
    )
)
"""As 16 bytes, IPv4 as ::ffff:a.b.c.d."""


def is_resolver(name: str) -> bool:
    """Whether a host name is a public DNS-over-HTTPS server's.

    >>> is_resolver("dns.google"), is_resolver("ab12cd.dns.nextdns.io"), is_resolver("www.example")
    (True, True, False)
    """
    return name in NAMES or name.endswith(UNDER)
