"""All comparisons of a case, in order."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wanwitness.case import CASE_FILE, EVIDENCE, opened_case
from wanwitness.model import printable
from wanwitness.secrets import KeyLog, read_key_logs
from wanwitness.wrong_use import wrong

from .acts import check_acts
from .checks import Checks, Disagreement, Unread
from .citations import Citation, citations
from .cited import Cited
from .clocks import Clocks, check_captures
from .dialogues import Dialogues
from .identity import check_id
from .inner import check_session, check_told_address, check_totals
from .inside import open_tls
from .originals import Original, originals
from .reading import KeptFrames, Reading
from .refusals import Refusals
from .resolutions import Resolutions
from .reweighed import check_reweighed
from .seal import check_seal
from .second_reader import SecondReader
from .sentences import check_assumptions, check_sentences
from .servers import Servers
from .shown import check_coverage, check_links
from .streams import Streams, pairs_of
from .watched import check_watched
from .ways import check_ways
from .weighed import check_hypotheses

STATUSES = ("original", "kept", "carve", "redacted", "changed", "unread", "gone", "nowhere", "disagrees")
"""What a citation is proved by, the best first."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it."""

    folder: Path
    tshark: str
    """Its version."""
    sealed: bool
    originals: tuple[Original, ...]
    citations: tuple[tuple[Citation, str], ...]
    """Each with its status."""
    compared: Mapping[str, int]
    disagreements: tuple[Disagreement, ...]
    unread: tuple[Unread, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing disagrees."""
        return not self.disagreements

    @property
    def by_status(self) -> dict[str, int]:
        """How many citations have each status."""
        counts = Counter(status for _, status in self.citations)
        return {status: counts[status] for status in STATUSES if counts[status]}

    def value(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "case": printable(str(self.folder)),
            "agrees": self.agrees,
            "tshark_version": self.tshark,
            "sealed": self.sealed,
            "captures": [
                {
                    "path": printable(one.path),
                    "state": one.state,
                    "sha256_recorded": one.recorded,
                    "sha256": one.sha256,
                }
                for one in self.originals
            ],
            "compared": dict(self.compared),
            "citations_by_status": self.by_status,
            "disagreements": [
                {"where": d.where, "told": d.told, "found": d.found, "frames": [list(ref) for ref in d.frames]}
                for d in self.disagreements
            ],
            "not_compared": [{"where": one.where, "why": one.why} for one in self.unread],
            "citations": [
                {"where": printable(c.where), "frame": list(c.frame), "status": status} for c, status in self.citations
            ],
        }


def verify(case: str | Path, keylogs: Sequence[str] = ()) -> Verification:
    """Hash a case's captures again, have tshark read every cited frame, and compare every cited fact.

    Args:
        case: its folder, or its case.json.
        keylogs: key logs of TLS, without which nobody can compare what was said inside of it.

    Raises:
        UsageError: it is no case, or tshark is not installed, or a key log is none.
    """
    keys = read_key_logs(keylogs)
    loaded = opened_case(case, unsealed=True)
    assert loaded.folder is not None
    try:
        return _verify(loaded.document, loaded.folder, keys, whole=Path(case).is_dir())
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        kind, said = type(error).__name__, printable(str(error), 200)
        raise wrong("no-case-form", case=Path(case), file=CASE_FILE, kind=kind, said=said) from None


def _verify(document: dict[str, Any], folder: Path, keys: KeyLog, *, whole: bool = False) -> Verification:
    checks = Checks()
    sessions: list[dict[str, Any]] = document["sessions"]
    sealed = check_seal(folder, checks, whole=whole)
    found = originals(document["captures"], folder, redacted=bool(document.get("redacted")))
    cited = list(citations(document))
    reading = Reading(document["captures"], found)
    with tempfile.TemporaryDirectory(prefix="wanwitness-verify-") as work:
        settings = Path(work) / "settings"
        settings.mkdir()
        reader = SecondReader(settings, {session["server"]["port"] for session in sessions})
        reading.read(reader, Path(work), _wanted(sessions, cited, reading), folder / EVIDENCE, checks)
        open_tls(reading, sessions, keys, Path(work))
        clocks, streams = Clocks(reading), Streams(reading, reader, checks)
        check_captures(reading, clocks, checks)
        streams.check(sessions)
    beside = [ref for one in document["answer"].get("contradictions") or () for ref in one["frames"]]
    resolutions = Resolutions(reading, clocks, streams, checks)
    servers = Servers(document, reading)
    refusals = Refusals(document, servers, checks)
    dialogues, frames = Dialogues(reading, streams, checks), Cited(reading, clocks, streams, checks, sessions, beside)
    for session in sessions:
        resolutions.check(session)
        dialogues.check(session)
        refusals.check(session)
        frames.check(session)
        check_session(session, document["captures"], checks)
        check_ways(session, streams, document["links"], checks)
        if not document.get("redacted"):  # its name is of its true addresses
            check_id(session, streams, checks)
        check_told_address(session, document["links"], checks)
    check_links(document, reading, clocks, checks)
    check_acts(document, reading, clocks, checks)
    check_coverage(document, checks)
    check_totals(document, checks)
    check_sentences(document, checks)
    check_assumptions(document, checks)
    check_hypotheses(document, checks)
    check_watched(document, reading, checks)
    check_reweighed(document, servers, checks)
    return Verification(
        folder,
        reader.version,
        sealed,
        tuple(found.values()),
        tuple(_statuses(cited, reading, checks)),
        checks.compared,
        tuple(checks.disagreements),
        tuple(dict.fromkeys(checks.unread)),
    )


def _wanted(sessions: list[dict[str, Any]], cited: list[Citation], reading: Reading) -> KeptFrames:
    numbers: dict[str, set[int]] = defaultdict(set)
    for citation in cited:
        capture, number = citation.frame
        if 0 <= capture < len(reading.paths):
            numbers[reading.paths[capture]].add(number)
    pairs = {pair for session in sessions for pair in pairs_of(session)}
    ips = {(one or session)["server"]["ip"] for session in sessions for one in (session, session["crossing"])}
    return KeptFrames(numbers, pairs, ips)


def _statuses(cited: list[Citation], reading: Reading, checks: Checks) -> list[tuple[Citation, str]]:
    """Say of each citation what proves it; a frame that is not there at all is a disagreement."""
    wrong = {(" ".join(d.where.split()[:2]), frame) for d in checks.disagreements for frame in d.frames}
    rows = []
    for citation in cited:
        status = reading.status(citation)
        if status == "nowhere":
            checks.compare("frame", False, citation.where, citation.frame[1], "no such frame", [citation.frame])
        elif (" ".join(citation.where.split()[:2]), citation.frame) in wrong:
            status = "disagrees"
        else:
            checks.compared["frame"] += 1
        rows.append((citation, status))
    return rows
