"""The stages in order: what `analyze` does, on one screen.

gather ─► read ─► unlock ─► correlate ─► judge ─► weigh ─► document ─► render
"""

from __future__ import annotations

import gc
import hashlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wanwitness.case import EVIDENCE, Aligned, Case, CaseFolder, arrow, dns_table, document, write_found
from wanwitness.errors import CaptureError
from wanwitness.evidence import Sides, carve
from wanwitness.hypotheses import acts_of, conclude, weigh
from wanwitness.inputs import STDIN, Inputs, gather
from wanwitness.judged import join_and_judge
from wanwitness.language import ENGLISH, Language
from wanwitness.model import Capture, DnsExchange, Judgement, printable
from wanwitness.reading import Progress, Show, read
from wanwitness.redaction import Redaction
from wanwitness.report import FIGURES, USUAL, Forms
from wanwitness.secrets import KeyLog, read_key_logs, unlock
from wanwitness.verdict import Relays

if TYPE_CHECKING:
    import pyarrow as pa

AnyPath = str | PathLike[str]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let Python's collector of cycles rest: rows form none, and going through them again and again took a quarter of
    the time (`tests/test_api.py` holds the first to be true).
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def analyze(
    captures: AnyPath | Sequence[AnyPath] = (),
    *,
    lan: AnyPath | Sequence[AnyPath] = (),
    wan: Mapping[str, AnyPath | Sequence[AnyPath]] | None = None,
    site: AnyPath | None = None,
    out: AnyPath | None = None,
    force: bool = False,
    rows_only: bool = False,
    keylog: AnyPath | Sequence[AnyPath] = (),
    workers: int | None = None,
    dns: bool = False,
    redact: bool = False,
    window_frames: int | None = None,
    lang: str = "en",
) -> Case:
    """Read captures of a site's LAN and WAN sides and say of each SMTP session what the evidence shows.

    Args:
        captures: capture files, or folders whose captures are all read together with the folder's site.toml.
        lan: captures of the LAN side, as `FILE` or `FILE:INTERFACE`.
        wan: captures of each link's WAN side, by the link's name.
        site: the site file, where it is not a folder's own site.toml.
        out: folder for case.json, sessions.csv, report.html and figures; None writes nothing.
        force: write into a folder that holds other files.
        rows_only: write only case.json and the tables: no hashes, report or figures.
        keylog: key logs of TLS (SSLKEYLOGFILE), to read what was said inside; tshark opens it.
        workers: how many processes read at once; None: as many as there are processors. Below 32 MiB one is faster.
        dns: have every DNS exchange in `Case.dns` and dns.parquet, not only those that a mail session may rest on.
        redact: put other names and addresses in the place of the site's, in all that is written and returned.
        window_frames: frames decoded at once, at most; any number gives the same case.
        lang: the language of page and figures, as `en` or `fr`.

    Returns:
        The case; its `sessions` are a pandas DataFrame.

    Raises:
        UsageError: nothing to read, a file is missing, roles contradict each other, or `out` cannot be written.
        SiteError: the site file is wrong.
        CaptureError: a file is no capture.

    >>> import wanwitness
    >>> case = wanwitness.analyze("captures/office")  # doctest: +SKIP
    >>> case.sessions[["start", "transport_link", "resolver_link", "verdict"]]  # doctest: +SKIP
    """
    wan_sides = [f"{link}={path}" for link, paths in (wan or {}).items() for path in _several(paths)]
    inputs = gather(_several(captures), _several(lan), wan_sides, fspath(site) if site is not None else None)
    return run(
        inputs,
        out=out,
        force=force,
        rows_only=rows_only,
        keylogs=_several(keylog),
        workers=workers,
        dns=dns,
        redact=redact,
        window_frames=window_frames,
        language=Language.of(lang),
    )


@_uncollected()
def run(
    inputs: Inputs,
    *,
    out: AnyPath | None = None,
    force: bool = False,
    rows_only: bool = False,
    keylogs: Sequence[str] = (),
    dns: bool = False,
    redact: bool = False,
    command_line: Sequence[str] | None = None,
    workers: int | None = None,
    window_frames: int | None = None,
    show: Show | None = None,
    language: Language = ENGLISH,
    forms: Forms = USUAL,
) -> Case:
    """Do what `analyze` does for inputs already gathered.

    Args:
        inputs: what `gather` gave.
        out: as for `analyze`, as are the others that are not told of here.
        force: likewise.
        rows_only: likewise.
        keylogs: likewise.
        dns: likewise.
        redact: likewise.
        command_line: what the case records as the command.
        workers: likewise.
        window_frames: likewise.
        show: is told how far the reading has come.
        language: of page and figures; the case itself is the same in every one.
        forms: what else is wanted of the report.
    """
    keys = read_key_logs(keylogs) if keylogs else None
    if out is None:
        return _run(
            inputs, None, rows_only, keys, dns, redact, command_line, workers, window_frames, show, language, forms
        )
    with CaseFolder(fspath(out), force=force, ours=(FIGURES, EVIDENCE)) as folder:
        return _run(
            inputs, folder, rows_only, keys, dns, redact, command_line, workers, window_frames, show, language, forms
        )


def _run(
    inputs: Inputs,
    folder: CaseFolder | None,
    rows_only: bool,
    keys: KeyLog | None,
    dns: bool,
    redact: bool,
    command_line: Sequence[str] | None,
    workers: int | None,
    window_frames: int | None,
    show: Show | None,
    language: Language,
    forms: Forms,
) -> Case:
    progress = Progress(len(inputs.files), show) if show is not None else None
    readings = read(inputs.files, window_frames, progress, workers)
    if progress is not None:
        progress.finish()
    unlocked = unlock(readings.points, readings.captures, keys)
    judged = join_and_judge(unlocked.points, readings.captures, readings.coverage, inputs)
    correlated, judgements, exchanges = judged.correlated, judged.judgements, judged.exchanges
    points, captures = correlated.points, correlated.captures
    from wanwitness.report import zone

    relays = Relays(correlated.links, exchanges)
    acts, watched = acts_of(points, correlated.timeline, correlated.links, relays, inputs.site.events, correlated.gaps)
    weighed = weigh(
        judgements,
        relays,
        acts,
        watched,
        zone(inputs.site.timezone) or UTC,
        {link.name: link.isp for link in correlated.links if link.isp is not None},
    )
    if not rows_only:
        captures = _hashed(captures)
    case = Case(
        document(
            tool=_tool(command_line, unlocked.tshark_version),
            site=inputs.site,
            lan=correlated.lan,
            captures=captures,
            coverage=readings.coverage,
            links=correlated.links,
            judgements=judgements,
            uncounted=correlated.uncounted,
            oddities=readings.oddities(points),
            notes=[*inputs.notes, *unlocked.notes, *correlated.notes],
            refused=[*inputs.refused, *(keys.oddities if keys is not None else ())],
            contradictions=judged.impossible,
            hypotheses=weighed.hypotheses if weighed.refused else (),
            acts=acts,
            conclusion=conclude(weighed, correlated.links, inputs.site.router),
            analysed_at=datetime.now(UTC),
            folder=folder.path if folder else None,
        ),
        folder.path if folder else None,
    )
    if dns:
        exchanges = [exchange for point in points for exchange in point.rows.log.whole().exchanges()]
    case.exchanges = partial(_dns, exchanges, captures, correlated.timeline.aligned)
    redaction = Redaction(case.document) if redact else None
    if folder is not None:
        sides = Sides(
            captures,
            [point.captures for point in points],
            {mail.stream: mail.dialogue for point in points for mail in point.rows.mail},
            correlated.timeline.aligned,
        )
        carve = partial(_carve, case, folder, judgements, sides, redaction)
        _write(case, folder, language, forms, None if rows_only else carve, redaction)
        case.exchanges = None  # its file has them, and need not fill the memory
    elif redaction is not None:
        case.document, case.exchanges = redaction.document(), partial(redaction.dns, case.exchanges())
    return case


def _dns(exchanges: Sequence[DnsExchange], captures: Sequence[Capture], aligned: Aligned) -> pa.Table:
    return arrow(dns_table(exchanges, captures, aligned))


def _several(paths: AnyPath | Sequence[AnyPath]) -> list[str]:
    return [fspath(paths)] if isinstance(paths, str | PathLike) else [fspath(path) for path in paths]


def _write(
    case: Case,
    folder: CaseFolder,
    language: Language,
    forms: Forms,
    carve: Callable[[], set[str]] | None,
    redaction: Redaction | None,
) -> None:
    """Write the case: its document behind the evidence captures, of which it may have to tell something.

    Args:
        case: it.
        folder: where it goes.
        language: of page and figures.
        forms: of the report.
        carve: writes the evidence captures, and returns whose there are; None: only the rows are wanted.
        redaction: masks what is written, where that is wanted.
    """
    from wanwitness.report import write

    places = [folder.path / capture["path"] for capture in case.document["captures"]]
    own = any(_within(capture["path"], folder) for capture in case.document["captures"])
    evidence = carve() if carve is not None and not own else set()
    if carve is not None and own:
        _note(case, f"{folder.path / EVIDENCE} holds the captures that were analysed")
    dns = case.exchanges() if case.exchanges is not None else None
    if redaction is not None:
        case.document, dns = redaction.document(), redaction.dns(dns) if dns is not None else None
    write_found(case, folder, dns)
    if carve is not None:
        case.unmade += write(case.document, folder, evidence=evidence, language=language, forms=forms)
    folder.finish(
        stay=places,
        leave=(EVIDENCE,) if own and carve is not None else (),
        without=(FIGURES, EVIDENCE) if carve is None else (),
    )


def _within(path: str, folder: CaseFolder) -> bool:
    """Whether a capture, named as a case does, is one of those that are this folder's evidence."""
    own = os.path.realpath(folder.path / EVIDENCE)
    return Path(os.path.realpath(folder.path / path)).parent == Path(own)


def _carve(
    case: Case, folder: CaseFolder, judgements: Sequence[Judgement], sides: Sides, redaction: Redaction | None
) -> set[str]:
    """Write the evidence captures of the sessions that the report tells of in detail; return whose there are.

    Where a capture is there no more, a note of the case says so.
    """
    from wanwitness.report import detailed

    written: set[str] = set()
    gone = next((f"{c.path} cannot be read again" for c in sides.captures if not _still_there(c)), None)
    try:
        if gone is None:
            wanted = {row["id"] for row in detailed(case.document["sessions"])}
            for session, carved in carve([one for one in judgements if one.session.id in wanted], sides):
                name, blocks = session, carved
                if redaction is not None:
                    name, blocks = redaction.session(session), redaction.capture(b"".join(carved))
                folder.write(f"{EVIDENCE}/{name}.pcapng", blocks)
                written.add(name)
    except (OSError, CaptureError) as error:
        gone = str(error)
    if gone is not None:
        _note(case, gone)
    return written


def _note(case: Case, why: str) -> None:
    """Say in the case why there are no evidence captures, or not all."""
    case.document["notes"].append(f"evidence captures were left out: {printable(why)}")


def _still_there(capture: Capture) -> bool:
    """Whether its file can be read once more; it may have grown."""
    path = Path(capture.path)
    return capture.path != STDIN and path.is_file() and path.stat().st_size >= capture.bytes


def _hashed(captures: Sequence[Capture]) -> list[Capture]:
    """Return the captures, each with its file's SHA-256; a pipe has none, nor a file that is longer than when read."""
    sums: dict[str, str] = {}
    for name, size in {capture.path: capture.bytes for capture in captures}.items():
        path = Path(name)
        if name != STDIN and path.is_file() and path.stat().st_size == size:
            with path.open("rb") as file:
                sums[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return [replace(capture, sha256=sums.get(capture.path)) for capture in captures]


def _tool(command_line: Sequence[str] | None, tshark_version: str | None) -> dict[str, Any]:
    """Who made the case; `tshark_version` is null where tshark, which opens TLS, took no part."""
    return {
        "name": "wanwitness",
        "version": version("wanwitness"),
        "command_line": shlex.join(sys.argv if command_line is None else command_line),
        "tshark_version": tshark_version,
    }
