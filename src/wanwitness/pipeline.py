"""The stages in order, on one screen: what `analyze` does with captures that are gathered.

read ─► unlock ─► correlate, judge ─► weigh ─► document ─► deliver
"""

from __future__ import annotations

from datetime import UTC, datetime
from os import fspath
from typing import Unpack

from wanwitness.case import EVIDENCE, Case, CaseFolder, arrow, dns_table, document, hashed, tool
from wanwitness.hypotheses import conclude, weigh_case
from wanwitness.inputs import Inputs
from wanwitness.judged import join_and_judge
from wanwitness.language import ENGLISH
from wanwitness.reading import Progress, read
from wanwitness.report import FIGURES, USUAL, zone
from wanwitness.secrets import KeyLog, read_key_logs, unlock
from wanwitness.uncollected import uncollected
from wanwitness.wanted import Wanted
from wanwitness.written import deliver


@uncollected()
def run(inputs: Inputs, **wanted: Unpack[Wanted]) -> Case:
    """Analyse captures, and return the case; it is in its folder then, if one is wanted.

    Raises:
        UsageError: a file is missing, roles contradict each other, or the folder cannot be written.
        CaptureError: a file is no capture.
    """
    keylogs, out = wanted.get("keylogs", ()), wanted.get("out")
    keys = read_key_logs(keylogs) if keylogs else None
    if out is None:
        return _analysed(inputs, None, keys, wanted)
    with CaseFolder(fspath(out), force=wanted.get("force", False), ours=(FIGURES, EVIDENCE)) as folder:
        return _analysed(inputs, folder, keys, wanted)


def _analysed(inputs: Inputs, folder: CaseFolder | None, keys: KeyLog | None, wanted: Wanted) -> Case:
    show = wanted.get("show")
    progress = Progress(len(inputs.files), show) if show is not None else None
    readings = read(inputs.files, wanted.get("window_frames"), progress, wanted.get("workers"))
    if progress is not None:
        progress.finish()
    unlocked = unlock(readings.points, readings.captures, keys)
    judged = join_and_judge(unlocked.points, readings.captures, readings.coverage, inputs)
    found = judged.correlated
    weighed, acts = weigh_case(judged, inputs.site, zone(inputs.site.timezone))
    captures = found.captures if wanted.get("rows_only") else hashed(found.captures)
    place = folder.path if folder is not None else None
    case = Case(
        document(
            tool=tool(wanted.get("command_line"), unlocked.tshark_version),
            site=inputs.site,
            lan=found.lan,
            captures=captures,
            coverage=readings.coverage,
            links=found.links,
            judgements=judged.judgements,
            uncounted=found.uncounted,
            oddities=readings.oddities(found.points),
            notes=[*inputs.notes, *unlocked.notes, *found.notes],
            refused=[*inputs.refused, *(keys.oddities if keys is not None else ())],
            contradictions=judged.impossible,
            hypotheses=weighed.hypotheses if weighed.refused else (),
            acts=acts,
            conclusion=conclude(weighed, found.links, inputs.site.router),
            analysed_at=datetime.now(UTC),
            folder=place,
        ),
        place,
    )
    logs = [point.rows.log for point in found.points] if wanted.get("dns") else []
    exchanges = [exchange for log in logs for exchange in log.whole().exchanges()] or judged.exchanges
    case.exchanges = lambda: arrow(dns_table(exchanges, captures, found.timeline.aligned))
    deliver(
        case,
        folder,
        judged,
        captures,
        wanted.get("language", ENGLISH),
        wanted.get("forms", USUAL),
        rows_only=wanted.get("rows_only", False),
        redact=wanted.get("redact", False),
    )
    return case
