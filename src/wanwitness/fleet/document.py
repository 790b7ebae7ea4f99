"""fleet.json: all sites, and what they have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wanwitness.case.values import moment_value
from wanwitness.language import sentence_value
from wanwitness.model import Sentence

from .catalogue import SAY
from .fleet import SITES, Fleet
from .result import Result
from .statements import FEWEST_SITES, Share, Statement
from .traits import Trait

SCHEMA = 1


def document(fleet: Fleet, tool: dict[str, Any], analysed_at: datetime) -> dict[str, Any]:
    """Return fleet.json. Shares are [how many, of how many]; sentences have `id`, `args` and English `text`."""
    return {
        "schema": SCHEMA,
        "tool": tool,
        "analysed_at": moment_value(analysed_at),
        "answer": [sentence_value(one) for one in answer(fleet)],
        "statements": [_statement(one) for one in fleet.statements],
        "routers_and_relays": routers_and_relays(fleet.results),
        "sites": [site_value(result) for result in fleet.results],
    }


def answer(fleet: Fleet) -> list[Sentence]:
    """Say what all sites together show, the most telling first."""
    results = fleet.results
    failed = sum(result.status == "failed" for result in results)
    incomplete = sum(result.status == "incomplete" for result in results)
    told = [
        SAY(
            "fleet-summary",
            sites=SAY("fleet-sites", n=len(results)),
            sessions=sum(result.sessions for result in results),
            flagged=sum(result.flagged for result in results),
            refused=sum(result.refused for result in results),
        )
    ]
    shown = [sentence(one) for one in fleet.statements if one.status in ("named", "tied", "by-way-of")]
    if shown:
        told += [*shown, SAY("fleet-correlation")]
    elif any(one.status in ("not-shown", "explained-away") for one in fleet.statements):
        told.append(SAY("fleet-none"))
    else:
        told.append(SAY("fleet-few", fewest=FEWEST_SITES))
    if failed:
        told.append(SAY("fleet-left", sites=SAY("fleet-sites", n=failed)))
    if incomplete:
        told.append(SAY("fleet-incomplete", sites=SAY("fleet-sites", n=incomplete)))
    return told


def sentence(one: Statement) -> Sentence:
    """Say what sites show of a trait."""
    level = "tries" if one.trait.kind in ("relay", "resolver", "mismatch") else "sites"
    kind = f"fleet-named-{level}-{one.measure}" if one.status == "named" else f"fleet-{one.status}"
    (sites, other_sites), (tries, other_tries) = one.sites, one.tries
    return SAY(
        kind,
        trait=called(one.trait),
        what=SAY(f"fleet-what-{one.measure}"),
        others=[called(trait) for trait in (*one.by, *one.with_)],
        hits=sites.hits,
        sites=sites.of,
        other_hits=other_sites.hits,
        other_sites=other_sites.of,
        try_hits=tries.hits,
        tries=tries.of,
        other_try_hits=other_tries.hits,
        other_tries=other_tries.of,
        p=one.p,
    )


def called(trait: Trait) -> Sentence:
    """Return what a trait is called within a sentence."""
    return SAY(f"fleet-{trait.kind}", value=trait.value)


def _statement(one: Statement) -> dict[str, Any]:
    said = sentence_value(sentence(one))
    return {
        "trait": _trait(one.trait),
        "measure": one.measure,
        "status": one.status,
        "by": [_trait(trait) for trait in one.by],
        "with": [_trait(trait) for trait in one.with_],
        "sites": [_share(share) for share in one.sites],
        "tries": [_share(share) for share in one.tries],
        "p": one.p,
        "text": said["text"],
        "text_id": said["id"],
        "text_args": said["args"],
    }


def _trait(trait: Trait) -> dict[str, str]:
    return {"kind": trait.kind, "value": trait.value}


def _share(share: Share) -> list[int]:
    return [share.hits, share.of]


def routers_and_relays(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Count, of each router and each relay together, tries, refusals and differing links, and on how many sites."""
    counts: dict[tuple[str | None, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for result in results:
        for relay in sorted({tried.relay for tried in result.tries}):
            row = counts[result.model, relay]
            some = [tried for tried in result.tries if tried.relay == relay]
            row[0] += 1
            row[1] += len(some)
            row[2] += sum(tried.refused for tried in some)
            row[3] += sum(bool(tried.mismatch) for tried in some)
    return [
        {"router": router, "relay": relay, "sites": row[0], "tries": row[1], "refused": row[2], "mismatches": row[3]}
        for (router, relay), row in sorted(counts.items(), key=lambda item: (item[0][0] or "", item[0][1]))
    ]


COLUMNS = (
    "site",
    "status",
    "why",
    "router",
    "firmware",
    "tags",
    "isps",
    "packets",
    "sessions",
    "judged",
    "flagged",
    "refused",
    "likely_cause",
    "named",
    "case",
    "folder",
    "kept",
)


def site_value(result: Result) -> dict[str, Any]:
    """Return a site's row; `case` is relative to the fleet's folder: the case's page, else its document, if any."""
    values = {name: getattr(result, name) for name in COLUMNS if name not in ("router", "case", "why")}
    values["router"] = result.model
    name = "report.html" if result.report else "case.json"
    values["case"] = None if result.status == "failed" else f"{SITES}/{result.case}/{name}"
    why = result.why or {"text": None, "id": None, "args": None}
    values |= {"why": why["text"], "why_id": why["id"], "why_args": why["args"]}
    return {name: values[name] for name in (*COLUMNS, "why_id", "why_args")}
