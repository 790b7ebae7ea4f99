"""All results of one analysis."""

from __future__ import annotations

import json
import os.path
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from wanwitness.language import ENGLISH, Language, Said, held, held_all
from wanwitness.model import printable
from wanwitness.wrong_use import WRONG, wrong

from .answer import answer_of
from .data_frame import data_frame
from .left_out import left_out_rows
from .more_tables import capture_table, finding_table, hypothesis_table, link_table
from .parquet import DNS_FILE, arrow, read_parquet
from .schema import SCHEMA, check
from .seal import CASE_FILE, sealed
from .sentences import sentence
from .table import session_table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(slots=True, repr=False)
class Case:
    """What `analyze` found. `document` is case.json as Python values; its form is the file format's, schema 1.

    >>> case = Case.load("reports/office")  # doctest: +SKIP
    >>> case.sessions.query("flagged").sort_values("start")  # doctest: +SKIP
    """

    document: dict[str, Any]
    folder: Path | None = None
    """Where it is written; None while it is only in memory."""
    exchanges: Callable[[], pa.Table] | None = field(default=None, compare=False)
    """Gives the DNS exchanges that the analysis read; None where dns.parquet has them."""
    unmade: list[str] = field(default_factory=list, compare=False)
    """What was asked for beside the report and could not be made, a line each."""

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read a case from its folder, or from its document alone.

        Raises:
            UsageError: the folder is no case, since it has no seal, or has other files than were sealed.
            OSError: there is no such file.
            ValueError: it is no JSON, of another schema, or not of its form; the message names the place.
        """
        path = Path(folder)
        if path.is_dir():
            sealed(path)
            path = path / CASE_FILE
        document = json.loads(path.read_text(encoding="utf-8"))
        found = document.get("schema") if isinstance(document, dict) else None
        if found != SCHEMA:
            raise ValueError(f"{path}: schema {found!r}, and this program reads {SCHEMA}")
        try:
            check(document)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        return cls(document, path.parent)

    def to_json(self) -> str:
        """Return the document as JSON text, one row of a table on a line."""
        return b"".join(self.encoded()).decode()

    def encoded(self) -> Iterator[bytes]:
        """Yield the same as UTF-8, piece by piece: of many sessions it is as large as all else together."""
        yield b"{"
        comma = b"\n"
        for key, value in self.document.items():
            yield comma + _row(key) + b": "
            yield from _table(value)
            comma = b",\n"
        yield b"\n}\n"

    @property
    def totals(self) -> dict[str, Any]:
        """Counts of sessions: all, flagged, by verdict, by outcome, by links."""
        totals: dict[str, Any] = self.document["totals"]
        return totals

    @property
    def damaged(self) -> bool:
        """Whether something in the input was damaged, left out or contradictory (the exit status is then 3)."""
        return bool(self.damage or self.contradictions)

    @property
    def redacted(self) -> bool:
        """Whether the site's names and addresses are replaced by others."""
        return bool(self.document.get("redacted"))

    @property
    def contradictions(self) -> list[str]:
        """What was said of the captures and cannot be, with what to change: what rests on it is not judged."""
        return [row["text"] for row in self.document["answer"]["contradictions"]]

    @property
    def answer(self) -> str:
        """The answer in one paragraph, word for word as terminal and page say it."""
        return " ".join(sentence["text"] for sentence in self.document["answer"]["sentences"])

    def answer_in(self, lang: str) -> str:
        """Return the answer in another language, as `fr`; a case of an earlier version has it in English alone."""
        language = Language.of(lang)
        return " ".join(map(language.say, answer_of(self.document)["sentences"]))

    @property
    def damage(self) -> list[str]:
        """What was damaged or left out, a line each, with paths as seen from the working directory."""
        return self.damage_in(ENGLISH)

    def damage_in(self, language: Language) -> list[str]:
        """Return the same in a language."""
        return list(dict.fromkeys(map(language.say, self.damage_said())))

    def damage_said(self) -> Iterator[Said]:
        """Yield the same before it is in any language, perhaps several times."""
        yield from held_all(self.document, "refused")
        for capture in self.document["captures"]:
            placed = capture["path"] != "-" and not self.redacted  # of a redacted path the file's name is left
            path = os.path.normpath(self.folder / capture["path"]) if self.folder and placed else capture["path"]
            for row in capture["damage"]:
                why, place = held(row, "reason"), {"offset": row["offset"], "bytes": row["bytes"]}
                yield sentence("damage-line", path=path, why=why, **place)
            for row in left_out_rows(capture):
                yield sentence("left-out-line", path=path, why=held(row, "why"), frames=row["frames"])

    @property
    def sessions(self) -> pd.DataFrame:
        """One row a session, one column a fact: the columns of sessions.csv, with types that know absence."""
        return data_frame(arrow(session_table(self.document)))

    @property
    def dns(self) -> pd.DataFrame:
        """One row a DNS exchange: those that a mail session may rest on, or all, where `analyze` was told `dns=True`.

        Raises:
            UsageError: the case's folder has no dns.parquet, or one that cannot be read.
        """
        if self.exchanges is not None:
            return data_frame(self.exchanges())
        return data_frame(read_parquet((self.folder or Path()) / DNS_FILE))

    @property
    def links(self) -> pd.DataFrame:
        """One row a link of the site."""
        return data_frame(arrow(link_table(self.document)))

    @property
    def captures(self) -> pd.DataFrame:
        """One row a capture point's part of a file."""
        return data_frame(arrow(capture_table(self.document)))

    @property
    def hypotheses(self) -> pd.DataFrame:
        """One row an explanation that was weighed."""
        return data_frame(arrow(hypothesis_table(self.document)))

    @property
    def findings(self) -> pd.DataFrame:
        """One row a finding of a session."""
        return data_frame(arrow(finding_table(self.document)))

    @property
    def plot(self) -> Any:
        """The figures, as matplotlib's axes: `case.plot.timeline()`, `case.plot("fr").ladder(session)`; see
        `wanwitness.report.plots.Plots`.
        """
        # By its name, as pandas finds what it plots with: the room of reports stands above this one.
        return import_module("wanwitness.report.plots").Plots(self.document)

    def __repr__(self) -> str:
        where = f" in {str(self.folder)!r}" if self.folder is not None else ""
        counts = ", ".join(f"{number} {name}" for name, number in self._counts().items())
        return f"<wanwitness.Case: {counts}{where}>"

    def _repr_html_(self) -> str:
        """Return the answer and a small table for notebooks; the sessions are in `sessions`."""
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{n}</td></tr>" for name, n in self._counts().items())
        where = f"<caption>{escape(str(self.folder))}</caption>" if self.folder is not None else ""
        return f"<p>{escape(printable(self.answer, len(self.answer)))}</p><table>{where}{rows}</table>"

    def _counts(self) -> dict[str, int]:
        """What a case is told by at a glance."""
        totals = self.totals
        by_verdict = {name: n for name, n in totals["by_verdict"].items() if name != "link-mismatch"}
        return {
            "captures": len(self.document["captures"]),
            "sessions": totals["sessions"],
            "flagged": totals["flagged"],
            **by_verdict,
        }


def _table(value: object) -> Iterator[bytes]:
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        yield _row(value)
        return
    comma = b"[\n"
    for row in value:
        yield comma
        yield _row(row)
        comma = b",\n"
    yield b"\n]"


def _row(value: object) -> bytes:
    """Return a value as JSON on one line, with a space behind each comma and colon."""
    try:
        return msgspec.json.format(msgspec.json.encode(value), indent=0)
    except UnicodeEncodeError:  # half of a surrogate pair: a byte of the command line that is no UTF-8
        return json.dumps(value, allow_nan=False).encode()


def opened_case(case: str | Path, *, unsealed: bool = False) -> Case:
    """Read a case from its folder, or from its document alone.

    Args:
        case: where it is.
        unsealed: whether it counts though its seal is missing or broken: for who looks into that himself.

    Raises:
        UsageError: there is none, or it has not the form of one.
    """
    path = Path(case)
    try:
        return Case.load(path / CASE_FILE if unsealed and path.is_dir() else path)
    except FileNotFoundError:
        why = WRONG("no-case-lacks", file=CASE_FILE) if path.is_dir() else WRONG("no-case-no-folder")
        raise wrong("no-case-name-one", case=path, why=why) from None
    except OSError as error:
        raise wrong("no-case-unread", case=path, file=CASE_FILE, why=error.strerror) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise wrong("no-case-name-one", case=path, why=WRONG("no-case-no-json")) from None
    except (ValueError, RecursionError) as error:
        raise wrong("no-case", case=path, why=printable(str(error), 300)) from None
