"""What the fleet keeps of one site: small enough for hundreds of sites, and whole enough to compare them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from wanwitness.case.files import whole_file
from wanwitness.language import sentence_value
from wanwitness.model import Sentence, printable


class Try(Struct, frozen=True, array_like=True):
    """One try to send mail that tells something of a relay: it was accepted, or refused as a link may be to blame for.

    Tries in answer to a refusal, under the same conditions, count once (`hypotheses.episodes` has the rule).
    """

    at_s: float
    """Seconds since 1970, of the session's start."""
    refused: bool
    mismatch: bool | None
    """Whether the links differ; None where that is undetermined."""
    relay: str
    """The name that was looked up, else the server's address."""
    resolver: str | None
    """The address of the resolver that gave the relay's; None where it is not known."""


class Result(Struct, frozen=True, kw_only=True):
    """One site, analysed or not."""

    site: str
    folder: str
    """The folder of its captures, as text: a name that is no UTF-8 is escaped, since JSON cannot hold it."""
    case: str
    """The folder of its case, by its name within the fleet's `sites`."""
    status: Literal["analysed", "incomplete", "failed"]
    """Incomplete: something in the input was damaged, left out, contradictory, or changed meanwhile."""
    why: dict[str, Any] | None = None
    """What is incomplete, or went wrong: a sentence, `{"id", "args", "text"}`."""
    inputs: str | None = None
    """A digest of captures, site file, options and version; None where this is not to be used again."""
    report: bool = False
    """Whether its case has a page."""
    kept: bool = False
    """Whether it is of an earlier run."""
    model: str | None = None
    firmware: str | None = None
    tags: dict[str, str] = {}
    isps: list[str] = []
    packets: int = 0
    sessions: int = 0
    judged: int = 0
    """Of which the links are known."""
    flagged: int = 0
    refused: int = 0
    """By servers, as a link may be to blame for."""
    likely_cause: int = 0
    named: list[str] = []
    """The explanations that its own case names."""
    tries: list[Try] = []


def failed(site: str, folder: str, case: str, why: Sentence) -> Result:
    """Return the result of a site that could not be analysed."""
    return Result(site=site, folder=printable(folder), case=case, status="failed", why=sentence_value(why))


def store(result: Result, path: Path) -> None:
    """Write a result, whole or not at all."""
    with whole_file(path) as file:
        file.write(msgspec.json.encode(result))


def stored(path: Path) -> Result | None:
    """Return the result of an earlier run, if there is a sound one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except (OSError, msgspec.DecodeError):
        return None
