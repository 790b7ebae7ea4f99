"""A case that somebody names, opened; or one line that says why it is none."""

from __future__ import annotations

from pathlib import Path

from wanwitness.errors import UsageError
from wanwitness.model import printable

from .case import Case
from .folder import CASE_FILE

_TABLES = {"captures": list, "links": list, "sessions": list, "oddities": list, "totals": dict, "answer": dict}
"""What every document has, whichever version of this program wrote it."""


def opened_case(case: str | Path) -> Case:
    """Read a case from its folder, or from its case.json.

    Raises:
        UsageError: there is none, or it has not the form of one.
    """
    try:
        loaded = Case.load(case)
    except OSError as error:
        raise UsageError(f"{case}: no case; its {CASE_FILE} cannot be read ({error.strerror})") from None
    except (ValueError, AttributeError, RecursionError) as error:
        raise UsageError(f"{case}: no case ({printable(str(error), 300)})") from None
    for name, kind in _TABLES.items():
        if not isinstance(loaded.document.get(name), kind):
            raise UsageError(f"{case}: its {CASE_FILE} has not the form of a case (no {name})")
    return loaded
