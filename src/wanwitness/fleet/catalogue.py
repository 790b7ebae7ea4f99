"""Every sentence of a fleet, as a template with named places."""

from __future__ import annotations

from wanwitness.language import Catalogue

SAY = Catalogue(
    "fleet",
    {
        # Traits, as they are called within a sentence.
        "fleet-model": "the router {value}",
        "fleet-firmware": "the router and firmware {value}",
        "fleet-tag": "sites with {value}",
        "fleet-relay": "the relay {value}",
        "fleet-resolver": "the resolver {value}",
        "fleet-mismatch": "a look-up over another link than the mail took",
        # What sites show of them.
        "fleet-named-sites-mismatch": "{trait:capital}: at {hits} of {sites} sites with it mail left by another link \
than its look-up ({try_hits} of {tries} mails), and at {other_hits} of {other_sites} others ({other_try_hits} of \
{other_tries}). By chance alone this is as rare as p {p:.2g}, all that was compared considered.",
        "fleet-named-sites-refusal": "{trait:capital}: at {hits} of {sites} sites with it mail was refused as a link \
may be to blame for ({try_hits} of {tries} mails), and at {other_hits} of {other_sites} others ({other_try_hits} of \
{other_tries}). By chance alone this is as rare as p {p:.2g}, all that was compared considered.",
        "fleet-named-tries-mismatch": "{trait:capital}: within one and the same site, {try_hits} of {tries} mails with \
it left by another link than their look-up, and {other_try_hits} of {other_tries} others. By chance alone this is as \
rare as p {p:.2g}, all that was compared considered.",
        "fleet-named-tries-refusal": "{trait:capital}: within one and the same site, {try_hits} of {tries} mails with \
it were refused as a link may be to blame for, and {other_try_hits} of {other_tries} others. By chance alone this is \
as rare as p {p:.2g}, all that was compared considered.",
        "fleet-tied": "{trait:capital}: goes with {what} ({try_hits} of {tries} mails, otherwise {other_try_hits} of \
{other_tries}), and cannot be told apart from {others}: a site with the one and without the other would tell.",
        "fleet-by-way-of": "{trait:capital}: mail is refused more often there ({try_hits} of {tries}, otherwise \
{other_try_hits} of {other_tries}), and no more often than elsewhere among mails whose links differ, or agree, alike.",
        "fleet-explained-away": "{trait:capital}: not shown to go with {what}; where {others} is alike, it makes no \
difference.",
        "fleet-not-shown": "{trait:capital}: not shown to go with {what} ({try_hits} of {tries} mails, otherwise \
{other_try_hits} of {other_tries}; chance alone does as much, p {p:.2g}).",
        "fleet-not-enough-evidence": "{trait:capital}: too few sites tell whether it goes with {what}.",
        "fleet-what-mismatch": "links that differ",
        "fleet-what-refusal": "refusals",
        # All of it.
        "fleet-none": "Nothing that these sites have in common goes with refusals, or with links that differ, more \
than by chance.",
        "fleet-few": "Too few sites can be compared to say what goes with refusals: at least {fewest} with a router, \
relay or tag and {fewest} without are needed.",
        "fleet-sites": ("{n} site", "{n} sites"),
        "fleet-summary": "{sites}: {sessions} mail sessions, {flagged} with links that differ, {refused} refused as a \
link may be to blame for.",
        "fleet-left": "{sites} could not be analysed.",
        "fleet-incomplete": "{sites} had input that was damaged or left out.",
        "fleet-correlation": "What goes together is no proof of what a router does: look at the sites' own cases.",
        # The page.
        "fleet-title": "Mail over several links: what the sites have in common",
        "fleet-answer": "What the sites have in common",
        "fleet-map": "Routers and relays",
        "fleet-map-caption": "Mails refused as a link may be to blame for, of all that tell; in brackets, mails whose \
links differ.",
        "fleet-compared": "All that was compared",
        "fleet-compared-note": "A site is the unit where routers and tags are compared, however much mail it sends; \
relays, resolvers and links are compared within each site alone. What is named is as rare as p 0.05 by chance alone, \
all of it considered, and shows at {n} sites at least.",
        "fleet-all-sites": "The sites",
        "fleet-search": "Search",
        "fleet-case": "case",
        "fleet-no-router": "router not given",
        "fleet-cell": "{refused} of {tries} ({mismatches})",
        "fleet-made": "Made by {tool}, {at:moment}.",
        "fleet-column-site": "Site",
        "fleet-column-router": "Router",
        "fleet-column-tags": "Tags",
        "fleet-column-isps": "Providers",
        "fleet-column-sessions": "Mail sessions",
        "fleet-column-flagged": "Links differ",
        "fleet-column-refused": "Refused, link to blame perhaps",
        "fleet-column-state": "State",
        "fleet-column-relay": "Relay",
        "fleet-column-statement": "Statement",
        "fleet-column-status": "Status",
        "fleet-status-named": "shown",
        "fleet-status-tied": "cannot be told apart",
        "fleet-status-by-way-of": "follows",
        "fleet-status-explained-away": "not shown, explained",
        "fleet-status-not-shown": "not shown",
        "fleet-status-not-enough-evidence": "too little evidence",
        "fleet-state-analysed": "analysed",
        "fleet-state-incomplete": "analysed, input incomplete: {why}",
        "fleet-state-failed": "failed: {why}",
        # Why a site could not be analysed, or not wholly.
        "fleet-no-memory": "there is not enough memory for this site; give each worker more (--memory), and run fewer \
(--workers)",
        "fleet-worker-ended": "its worker was ended twice, as happens beyond its memory; give each worker more \
(--memory), and run fewer (--workers)",
        "fleet-file-fault": "{file}: {why}",
        "fleet-error-within": "an error within wanwitness: {error}",
        "fleet-not-back": "nothing came back of it: {error}",
        "fleet-changed": "its files changed while they were read: let the captures end, and run this again",
        # The terminal.
        "fleet-progress": "{done} of {of}: {site}: {state}",
        "fleet-line-analysed": "{sessions} sessions, {flagged} with links that differ, {refused} refused",
        "fleet-line-kept": "unchanged, taken from an earlier run",
        "fleet-where": "Written to {folder}: fleet.html, fleet.json, fleet.csv, and a case for each site in sites.",
    },
)
