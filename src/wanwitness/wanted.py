"""What is wanted of an analysis, beside its captures."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TypedDict

from wanwitness.language import Language
from wanwitness.reading import Show
from wanwitness.report import Forms

AnyPath = str | PathLike[str]


class Wanted(TypedDict, total=False):
    """The arguments of `analyze` that tell nothing of captures, and what a command adds to them."""

    out: AnyPath | None
    """The folder for the case; None writes nothing."""
    force: bool
    """Write among other files."""
    rows_only: bool
    """Write only what was found: no hashes, report or figures."""
    keylogs: Sequence[str]
    """Key logs of TLS."""
    dns: bool
    """Have every DNS exchange in the case, not only those that a session may rest on."""
    redact: bool
    """Put other names and addresses in the place of the site's."""
    command_line: Sequence[str] | None
    """What the case records as the command; None: this process's."""
    workers: int | None
    """How many processes read at once; None: as many as there are processors."""
    window_frames: int | None
    """Frames decoded at once, at most."""
    show: Show | None
    """Is told how far the reading has come."""
    language: Language
    """Of page and figures; the case itself is the same in every one."""
    forms: Forms
    """What else is wanted of the report."""
