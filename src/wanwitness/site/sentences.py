"""What a drafted site file says in its comments, as templates with named arguments."""

from __future__ import annotations

from wanwitness.language import Catalogue

sentence = Catalogue(
    "site",
    {
        "draft-head-what": "What these captures themselves show of the site. Save it as site.toml in the captures' \
folder,",
        "draft-head-where": "{folder}: file names count from there. What stands in comments alone is not plain, or",
        "draft-head-do": "no packet shows it: complete it, and look it over.",
        "draft-missing": "Missing to judge:",
        "draft-no-lan": "a capture of the LAN side: which client asked for a name, and what it was told, is not seen",
        "draft-no-wan": "captures of the WAN sides: which link a session left by, and a question, is not seen",
        "draft-one-wan": "a capture of the other links: one link alone cannot disagree",
        "draft-no-resolvers": "the resolvers of {link}: no DHCP, PPP or router advertisement gave them here",
        "draft-unseen": "the link of {unseen} of {total} sessions, which no WAN capture shows",
        "draft-look-ups": "the look-ups behind some answers: captured too late, not at all, or encrypted",
        "draft-relays": "whose relays these are: without `relays`, none is said to be reached by the wrong link",
        "draft-clock": "what ties the clock of {path} to the others'",
        "draft-name": "for people: no packet shows it",
        "draft-timezone": "to be shown beside UTC: no packet shows it",
        "draft-isp": "the provider's name, for people: no packet shows it",
        "draft-given-dhcp": "given by DHCP",
        "draft-given-ipcp": "given by PPP (IPCP)",
        "draft-given-ra": "given by a router advertisement",
        "draft-to-hosts": "{means} to hosts, {where}",
        "draft-network": "hosts with such addresses{first}; how large it is, is a guess",
        "draft-told": "hosts are told to ask {resolver}: {means}, {where}",
        "draft-named": "as named with --wan",
        "draft-after-capture": "after its capture, {file}",
        "draft-means": "{means}, {where}",
        "draft-opened": "opened connections or asked questions on this link{first}",
        "draft-answered": (
            "answered over this link once{first}; nothing shows whose it is",
            "answered over this link {n} times{first}; nothing shows whose it is",
        ),
        "draft-brought": (
            "mail was brought to it over this link once{first}; nothing shows whose it is",
            "mail was brought to it over this link {n} times{first}; nothing shows whose it is",
        ),
        "draft-frame": "frame {number:d} of {file}",
        "draft-no-frame": "in no frame that was kept",
        "draft-first": ", first in {where}",
        "draft-role-named": "as named with --lan or --wan",
        "draft-packets": ("{n} packet", "{n} packets"),
        "draft-packets-from": ("{n} packet from {at} on", "{n} packets from {at} on"),
        "draft-see-above": "see above",
        "draft-file-has-several": "the file has several",
        "draft-interface-has-several": "the interface shows several",
        "draft-unusable": "a site file cannot name this one: rename it, or write it to a file",
    },
)
