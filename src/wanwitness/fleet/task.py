"""One site's analysis, wherever it runs: it writes the case itself, and returns what the fleet needs of it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from wanwitness.case import Case
from wanwitness.errors import WanwitnessError
from wanwitness.inputs import SITE_FILE, Inputs, gather
from wanwitness.language import said_of, sentence_value
from wanwitness.model import Sentence, printable
from wanwitness.pipeline import run

from .catalogue import SAY
from .result import Result, failed, store, stored
from .tries import tries_of
from .wrong import wrong


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is sent."""

    site: str
    folder: str
    """Absolute; the worker must see it under this name."""
    out: str
    """The fleet's folder of cases, absolute; likewise."""
    case: str
    """The name of this site's case folder in it, made of nothing but letters, digits and hyphens."""
    rows_only: bool
    version: str

    @property
    def place(self) -> Path:
        """Where the case goes."""
        return Path(self.out) / self.case

    @property
    def sidecar(self) -> Path:
        """Where the result goes: beside the case, whose own files are sealed."""
        return Path(self.out) / f"{self.case}.json"


def analyse(task: Task) -> Result:
    """Analyse a site, or take the result of an earlier run whose captures, site file and options were the same.

    Whatever goes wrong is this site's result, and no other's matter.
    """
    try:
        if version("wanwitness") != task.version:
            raise wrong("task-other-version", found=version("wanwitness"), version=task.version)
        inputs = gather([task.folder])
        digest = _digest(task, inputs)
        earlier = stored(task.sidecar)
        if earlier is not None and earlier.inputs == digest and _whole(task.place):
            return replace(earlier, folder=printable(task.folder), kept=True)
        Path(task.out).mkdir(parents=True, exist_ok=True)
        task.sidecar.unlink(missing_ok=True)
        case = run(inputs, out=task.place, rows_only=task.rows_only, command_line=["wanwitness", "fleet", task.folder])
        result = _result(task, case.document, digest, case)
        if _digest(task, gather([task.folder])) != digest:
            result = _changed(result)
        store(result, task.sidecar)
        return result
    except MemoryError:
        why = SAY("fleet-no-memory")
    except WanwitnessError as error:
        why = said_of(error)
    except OSError as error:
        file = printable(os.fsdecode(error.filename or task.folder))
        why = SAY("fleet-file-fault", file=file, why=error.strerror or str(error))
    except Exception as error:  # a fault of ours in one site must not end all others
        why = SAY("fleet-error-within", error=printable(f"{type(error).__name__}: {error}"))
    return failed(task.site, task.folder, task.case, why)


def _digest(task: Task, inputs: Inputs) -> str:
    """What tells that nothing has changed: names, sizes and times of change, as for build tools, not the content."""
    digest = hashlib.sha256(repr((task.version, task.rows_only, task.site)).encode())
    for file in [Path(task.folder) / SITE_FILE, *(Path(file.path) for file in inputs.files)]:
        status = file.stat()
        digest.update(repr((str(file), status.st_size, status.st_mtime_ns)).encode())
    return digest.hexdigest()


def _whole(place: Path) -> bool:
    """Whether a case is there, complete as it was sealed."""
    try:
        Case.load(place)
    except (WanwitnessError, OSError, ValueError):
        return False
    return True


def _changed(result: Result) -> Result:
    """Say that captures changed while they were read: what came out is of no one moment, and is not used again."""
    return replace(result, status="incomplete", inputs=None, why=sentence_value(SAY("fleet-changed")))


def _incomplete(case: Case) -> dict[str, Any] | None:
    """What was damaged, left out or contradictory, the first of it."""
    first = next(chain(case.document["answer"]["contradictions"], case.damage_said()), None)
    return sentence_value(first) if isinstance(first, Sentence) else dict(first) if first is not None else None


def _result(task: Task, document: dict[str, Any], digest: str, case: Case) -> Result:
    router = document["site"]["router"]
    totals = document["totals"]
    return Result(
        site=task.site,
        folder=printable(task.folder),
        case=task.case,
        status="incomplete" if case.damaged else "analysed",
        why=_incomplete(case),
        inputs=digest,
        report=not task.rows_only,
        model=router["model"],
        firmware=router["firmware"],
        tags=document["site"]["tags"],
        isps=sorted({link["isp"] or link["name"] for link in document["links"]}),
        packets=sum(capture["packets"] for capture in document["captures"]),
        sessions=totals["sessions"],
        judged=totals["by_verdict"].get("consistent", 0) + totals["by_verdict"].get("link-mismatch", 0),
        flagged=totals["flagged"],
        refused=sum(any(one["link"] == "subscriber" for one in row["rejections"]) for row in document["sessions"]),
        likely_cause=totals["likely_cause"],
        named=[row["id"] for row in document["hypotheses"] if row["status"] == "named"],
        tries=list(tries_of(document)),
    )
