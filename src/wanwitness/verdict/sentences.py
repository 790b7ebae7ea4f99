"""Every sentence about one session, and about what cannot be, as a template with named arguments.

Arguments are names, addresses, texts out of packets, numbers, and sentences of this catalogue that stand within others.
"""

from __future__ import annotations

from wanwitness.language import Catalogue

sentence = Catalogue(
    "verdict",
    {
        "explanation": "{sentences:then}",
        # Frames.
        "frames-of": ("{file} frame {numbers}", "{file} frames {numbers}"),
        "cited": "{what} ({frames:semicolon})",
        # The way.
        "left-by": "The connection to {server} left by {link} ({frames:semicolon}).",
        "router-left-by": "The router's own connection to {server} left by {link} ({frames:semicolon}).",
        "came-in": "The connection of {client} to {server} came in by {link} ({frames:semicolon}).",
        "came-in-led": "The connection of {client} to {server} came in by {link}, and the router led it to {inner} \
({frames:semicolon}).",
        "came-in-unseen": "The connection of {client} to {server} came in from beyond the router; no WAN capture shows \
by which link ({frames:semicolon}).",
        "came-in-no-links": "Whoever opened it looked the name up elsewhere, so there are no two links to compare.",
        "stayed": "The connection to {server} stayed within the site ({frames:semicolon}), so there are no links to \
compare.",
        # The look-up.
        "got": "{who} got {address} for {name} {age:.3f} s before ({seen}).",
        "may-have-got": "{who} may have got {address} for {name} {age:.3f} s before ({seen}).",
        "got-over": "{who} got {address} for {name} {age:.3f} s before ({seen}), {asked}.",
        "must-have-got-over": "{who} must have got {address} for {name} {age:.3f} s before ({seen}), {asked}.",
        "who-router": "The router",
        "who-client": "The client",
        "seen": "{frames:semicolon}",
        "seen-uncaptured": "{frames:semicolon}; the answer itself was not captured",
        "seen-cut": "{frames:semicolon}; the answer itself was cut off",
        "asked-over": "asked for over {link} from {resolver}",
        "asked-over-seen": "asked for over {link} from {resolver} ({seen})",
        "cached-over": "from the router's cache, which was filled over {link} from {resolver}",
        "cached-over-seen": "from the router's cache, which was filled over {link} from {resolver} ({seen})",
        "upstream-uncaptured": "{frames:semicolon}; the answer to that was not captured",
        "one-of-several": "one of several resolvers",
        # The verdict.
        "links-agree": "The two links agree.",
        "links-differ": "The two links differ: resolved over {resolver_link}, sent over {transport_link}.",
        "several-connections": "Several connections on different links, or none, may be this one ({frames:semicolon}).",
        "undetermined-since": "{reason:capital}.",
        "because-transport-link-unknown": "no WAN capture shows this connection, so the link it left by is not known",
        "because-no-dns-seen": "no DNS answer that gave the host this address was captured before the connection",
        "because-resolver-link-unknown": "the link by which the address was resolved was not captured",
        "because-clock-uncertain": "the captures' clocks are not known well enough to say which answer came first",
        "because-ambiguous-answer": "which DNS answer gave the host this address cannot be told",
        "because-unknown": "no reason is given",
        "answers-not-kept": "of the DNS messages in these captures not all are kept, for there are too many, and an \
answer that gave this address may be among the others",
        "answers-cut-before": "the DNS answers that the host got before were cut off by the capture's snap length, so \
what they held is not known ({frames:semicolon})",
        "answers-cut-after": "the DNS answers that the host got after that were cut off by the capture's snap length, \
so what they held is not known ({frames:semicolon})",
        "not-shown-one-host": "nothing shows that the host which was given this address is the one that connected",
        "contradicted": "What was said of the captures cannot be, so no link is named.",
        # What came nearest, and what would decide.
        "came-nearest": "What came nearest: {what}.",
        "would-decide": "What would decide: {what}.",
        "look-up-on-lan": "the look-up of {name} by {client} on the LAN, {when}",
        "look-up-over": "the look-up of {name} over {link}, {when}",
        "answered-before": "answered {apart:duration} before the connection",
        "answered-after": "answered {apart:duration} after the connection",
        "answered-early": "{when} and {early:duration} before the LAN capture's first frame",
        "not-covered": "{captures:semicolon}",
        "covers-nothing": "{file}, of {link}, holds no packets",
        "begins-after": "{file}, of {link}, begins {apart:duration} after the connection",
        "ended-before": "{file}, of {link}, ended {apart:duration} before the connection",
        "decide-every-wan": "a capture of the WAN side of every link, taken while the LAN side is captured",
        "decide-no-loss": "a capture of every link without a loss, with the packets that open connections",
        "decide-that-time": "a capture of every link, also of others, that covers that time",
        "decide-other-links": "a capture of the links other than {links}, or one without a loss",
        "decide-lan": "a capture of the LAN side, taken while the links are captured",
        "decide-dns": "captures with DNS in them (port 53; port 853 where it is encrypted)",
        "decide-secret": "the log of the resolver that was asked in secret, or captures while DNS is not encrypted",
        "decide-clocks": "captures by one machine, or more traffic that both sides show",
        "decide-earlier": "a capture of the LAN side that begins more than {early:duration} earlier, before that \
look-up",
        "decide-other-wans": "a capture of the WAN side of the other links too",
        "decide-router-asks": "captures of every link that begin before the router looks the name up (restart its mail \
forwarding, so that it asks anew), or its log of look-ups",
        "decide-before-cache": "captures of every link that begin {ttl:duration} earlier at least, before the router's \
cache was filled",
        "decide-host-asks": "captures of all sides that begin before the host looks the name up (restart what sends \
the mail, so that it asks anew)",
        "decide-host-asks-or-typed": "captures of all sides that begin before the host looks the name up (restart what \
sends the mail, so that it asks anew; an address that was typed in has no look-up at all)",
        "decide-less-dns": "the captures of the hours around this connection alone, analysed by themselves",
        "decide-whole-packets": "a capture that keeps whole packets (tcpdump -s 0)",
        "decide-inner": "a capture behind the router within the LAN that translates their addresses",
        "decide-all-sides": "a capture of all sides that begins before the host's first look-up and connection, \
{usual:duration} earlier at least",
        "decide-lan-no-loss": "a capture of the LAN that loses no packets",
        "decide-routers-log": "the router's own log of its look-ups and of the connections that it forwards, and its \
settings (an address that is written there has no look-up at all)",
        "decide-one-server": "one mail sent while the host has one DNS server alone set, or the log of what resolves \
its names",
        "decide-program": "the log of the program that sent the mail, or one mail sent when nothing else of the host \
asks or connects",
        "decide-cache": "whether the host has a DNS cache that serves answers past their time (RFC 8767), by its \
settings or its log",
        "decide-no-loss-or-log": "a capture of every link without a loss, or the router's own log of its look-ups",
        "decide-clocks-told": "more traffic that both sides show, from which the clocks can be told, or captures by \
one machine",
        "decide-neighbours": "ARP or neighbour discovery in the LAN's capture, which show whose the addresses are",
        "some-minutes": "some minutes",
        # Candidates: what the address may have come from.
        "may-have-been": "It may have been {answers:semicolon}.",
        "may-have-been-others": (
            "It may have been {answers:semicolon}; or another.",
            "It may have been {answers:semicolon}; or one of {n} others.",
        ),
        "candidate": "{what}, {where}, {when}",
        "through-link": "through {link}",
        "through-unknown": "through a link that is not known",
        "so-long-before": "{apart:duration} before",
        "so-long-after": "{apart:duration} after",
        "candidate-latest": "the latest answer before the connection",
        "candidate-kept": "an earlier answer, still in force",
        "candidate-spent": "an earlier answer, past its time, as some programs and caches use them",
        "candidate-at-once": "an answer to a question that was open at the same time",
        "candidate-during": "an answer that came when the connection may have been open already",
        "candidate-same-time": "an answer that may have come before the connection or after, as far as the clocks tell",
        "candidate-unasked": "an answer to a question that was not captured",
        "candidate-unclaimed": "an answer to the router that nobody is seen to have got",
        "candidate-forwarded": "an answer that the router forwarded to a client, and may have kept",
        "candidate-other-host": "an answer to another address, which may be the same host's",
        # Objections: why the latest answer is not plainly the connection's own.
        "not-plainly": "The latest is not plainly this connection's own: {reasons:semicolon}.",
        "objection-later-than-usual": "it came {measured:duration} before the connection, and usually one follows \
within {usual:duration}",
        "objection-connection-between": "another connection to that address was opened since, and may be what it was \
asked for",
        "objection-asked-meanwhile": "another look-up for that address ended as shortly before",
        "objection-failed-before": "a connection had failed shortly before, and this may be its next try, with the \
answer of then",
        "objection-keeps-answers": "this host also connects without asking, so another of its programs may have asked",
        "objection-served-meanwhile": "a cache of the host may have served it an earlier answer, over or nearly so, \
while it asked for this one",
        "objection-several-hosts": "several hosts share this address",
        "objection-opening-not-captured": "the packet that opened the connection was not captured, so nobody knows \
when that was",
        "objection-capture-began-late": "the capture of the LAN began {measured:duration} before, and an answer is \
good for {usual:duration}, so that one from before may have been in use",
        "objection-capture-began-late-spent": "the capture of the LAN began {measured:duration} before, and hosts here \
use answers past their time ({usual:duration}), so that one from before may have been in use",
        "objection-asked-for-another-reason": "the router also asks for this name without connecting",
        "objection-question-not-captured": "nobody is seen to have asked for it",
        "objection-hops-of-clients": "the connection's packets have as many hops left as those of the LAN's hosts, so \
it may be one of theirs, whose LAN side was not captured",
        # The outcome.
        "ended": "{outcome}.",
        "ended-answered": "{outcome}; it answered {command} with “{reply}” ({frames:semicolon}).",
        "ended-answered-before": "{outcome}; before, it answered {command} with “{reply}” ({frames:semicolon}).",
        "outcome-partial": "{outcome}, though not for every recipient",
        "outcome-accepted": "The server accepted the mail",
        "outcome-rejected": "The server rejected the mail",
        "outcome-deferred": "The server deferred the mail",
        "outcome-refused": "The connection was refused",
        "outcome-unanswered": "Nothing answered the connection",
        "outcome-aborted": "The connection ended before the mail was decided",
        "outcome-opaque": "The rest is encrypted, so the outcome is not visible",
        "outcome-no-mail": "The client ended without offering a mail",
        "outcome-unknown": "The outcome was not captured",
        # What became of the mail later.
        "came-back": "Later the mail came back for {recipient} ({frames:semicolon}).",
        "came-back-why": "Later the mail came back for {recipient}: refused with {said} ({frames:semicolon}).",
        "came-back-by": "Later the mail came back for {recipient}: refused by {remote} with {said} \
({frames:semicolon}).",
        "reported-late": "Later the mail was reported late for {recipient} ({frames:semicolon}).",
        "reported-late-why": "Later the mail was reported late for {recipient}: {said} ({frames:semicolon}).",
        "quoted": "“{text}”",
        "status-quoted": "{status} “{text}”",
        # Findings.
        "finding-relay-owner": "{server} is a relay of {owner}, and the connection to it left by {link}",
        "finding-foreign-resolver": "the question left by {link}, to {resolver}, which is {owner}'s resolver",
        "finding-nobodys-resolver": "the question left by {link}, to {resolver}, which is no known resolver of this \
site's links",
        "finding-resolver-given": "{finding}; {link} itself gave {resolvers:comma} ({means})",
        "given-dhcp": "by DHCP",
        "given-ipcp": "by PPP",
        "given-ra": "by a router advertisement",
        "finding-opened-own": "the router ended the connection to {server} and opened one of its own to {other}",
        "finding-rewritten": "the router rewrote the destination {server} to {other}",
        "finding-expired": "the answer was {age:.0f} s old when it was used, and good for {ttl} s",
        "finding-back-otherwise": "sent by {link}, answered through another link",
        "finding-out-otherwise": "came in by {link}, answered through another link",
        "finding-gaps": "{gaps:semicolon}",
        "gap-bytes": ("{bytes} bytes in {n} place were not captured", "{bytes} bytes in {n} places were not captured"),
        "gap-while-open": "the capture has a gap while the connection was open: {gap}",
        "finding-overlap": "bytes were sent twice with different content; the first were used",
        "finding-encrypted-dns": "what was asked before cannot be read: {uses:comma}",
        "dns-used": "{envelope} with {server} from {client}",
        "dns-tried": "{envelope} with {server}, tried from {client}",
        "server-called": "{server} ({name})",
        "finding-told-address": "the server says that it saw {address}, an address of {link}",
        "finding-told-unknown": "the server says that it saw {address}, which is no known link's address",
        "finding-told-otherwise": "{finding}; the connection left the router as {client}",
        "finding-retried": "the mail was tried before by {link} (session {session})",
        # Contradictions: what was said of the captures and cannot be.
        "sides-exchanged": "{lan} is given as the LAN side and {wan} as the WAN side of {link}, but connections that \
both show come from behind the router in {wan} and from beyond it in {lan} ({frames:semicolon}). Exchange the two \
{where}.",
        "lan-hosts-on-wan": "{wan} is given as the WAN side of {link}, but it shows hosts of the LAN, no router away \
and not translated: {hosts:comma} ({frames:semicolon}). It seems to be a capture of the LAN side: change its role \
{where}.",
        "and-others": "{hosts:comma} and others",
        "link-address-on-lan": "{lan} is given as the LAN side, but what it shows was sent from the router's address \
on {link}, {address} ({frames:semicolon}). It seems to be a capture of the WAN side: change its role {where}.",
        "other-links-address": "{wan} is given as the WAN side of {link}, but it shows {address}, an address of \
{other} ({frames:semicolon}). Exchange the two links {where}, or correct their `addresses`.",
        "one-content": "{one} and {two} hold the same packets, but are given as {this} and as {that}. One of the two \
is wrong: name the file that shows the other {where}.",
        "one-file-twice": "{one} is given as {this} and as {that}; a capture shows one side. Name the file that shows \
the other {where}, or tell the two apart by `interface`, `vlan`, `mac` or `addresses` in site.toml.",
        "one-place": "{one} and {two} show the same packets, {shared} of {all} connections ({frames:semicolon}), but \
are given as {this} and as {that}. One of the two is wrong: name the file that shows the other {where}.",
        "file-missing": "{site} names {file} as {this}, and there is no such file: put it there, or correct `file`.",
        "wan-as-lan": "{one} and {two} are both given as LAN sides, but connections of {one} show in {two} from \
another address, {address}, and with fewer hops left ({frames:semicolon}). {two} seems to be a capture of the WAN \
side: change its role {where}.",
        "answers-too-old": "{count} of {all} sessions would rest on DNS answers that are {age:duration} old and were \
good for {ttl:duration} ({frames:semicolon}). These captures were not taken at one time, or not at one place, or a \
clock was set wrong: check their roles, and that LAN and WAN sides were captured together.",
        "on-command-line": "on the command line (--lan, --wan)",
        "in-site-file": "in site.toml (`[[capture]]`)",
    },
)
