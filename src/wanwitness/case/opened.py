"""A case that somebody names, opened; or one line that says why it is none."""

from __future__ import annotations

from pathlib import Path

from wanwitness.errors import UsageError
from wanwitness.model import printable

from .case import Case
from .seal import CASE_FILE


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
    except OSError as error:
        raise UsageError(f"{case}: no case; its {CASE_FILE} cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{case}: no case ({printable(str(error), 300)})") from None
