"""Which fields of a case can be changed without anything noticing? Every kind of row is tried, field by field."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from places import PROJECT
from wanwitness import UsageError, analyze
from wanwitness.case import CASE_FILE, Case
from wanwitness.case.schema import check
from wanwitness.verify.checks import Checks
from wanwitness.verify.seal import check_seal

from .tampering import Place, tamper
from .test_tampering import verified

pytestmark = [pytest.mark.needs("tshark"), pytest.mark.usefixtures("read_once")]

NO_EVIDENCE = {
    r"analysed_at|tool\..*": "who made the case, and when",
    r"site\.(name|timezone|lan\.#|events\..*|router.*|rules.*|tags.*)": "the site file's",
    r"links\.#\.(isp|addresses\.#|relays\.#|resolvers\.#)": "the site file's",
    r"captures\.#\.(path|linktype|role_source)": "where a file is, and what it says of itself",
    r"captures\.#\.bad_checksums\..*": "counts of what was read, which no other reader counts like that",
    r"captures\.#\.clock\.(pairs|.*uncertainty.*|drift_ppm)": "estimates of how sure others are",
    r"(links\.#\.shown|site\.lan_shown)\.#\.times": "how often it was used, in packets that nothing cites",
    r"sessions\.#\.crossing\.(confidence|runner_up)": "how sure the pairing is",
}
"""Fields that no packet shows, and why: a seal of the whole case guards these (SHA256SUMS)."""


def fields(value: Any, place: Place = ()) -> dict[str, tuple[Place, Any]]:
    """The first place of every field, that of an argument of a sentence left out: the sentence is drawn again."""
    found: dict[str, tuple[Place, Any]] = {}
    todo: list[tuple[Place, Any]] = [(place, value)]
    while todo:
        at, part = todo.pop()
        if isinstance(part, dict):
            todo += [((*at, key), inner) for key, inner in part.items() if key != "args" and not key.endswith("_args")]
        elif isinstance(part, list):
            todo += [((*at, index), inner) for index, inner in reversed(list(enumerate(part)))]
        elif part is not None:
            found.setdefault(".".join("#" if isinstance(key, int) else key for key in at), (at, part))
    return found


def other(value: Any) -> Any:
    """Another value of its type: a digit or letter in the middle is another; a tenth of a second of a time."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    time = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.)(\d)(\d{8}Z)", value)
    if time:
        return f"{time[1]}{(int(time[2]) + 1) % 10}{time[3]}"
    signs = [at for at, sign in enumerate(value) if sign.isalnum()]
    if not signs:
        return f"{value}x"
    at = signs[len(signs) // 2]
    new = str((int(value[at]) + 1) % 10) if value[at].isdecimal() else "b" if value[at] == "a" else "a"
    return f"{value[:at]}{new}{value[at + 1 :]}"


def unnoticed(case: Case, pattern: str = ".*") -> dict[str, tuple[Any, Any]]:
    """The fields that may have another value without anything disagreeing, with both values."""
    found = {}
    for field, (place, value) in fields(case.document).items():
        if not re.fullmatch(pattern, field):
            continue
        changed = tamper(case.document, place, other(value))
        try:
            check(changed)
            agrees = verified(changed, case.folder or Path())
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            UsageError,
        ):  # it has not the form of a case any more
            agrees = False
        if agrees:
            found[field] = (value, other(value))
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        r"acts\..*",
        r"coverage\..*",
        r"hypotheses\..*",
        r"links\..*",
        r"sessions\.#\.(id|crossing\..*|resolution\..*|tls.*)",
        r"sessions\.#\.(rejections?\..*|undetermined_because)",
    ],
)
def test_what_changes_is_noticed(case: Case, pattern: str) -> None:
    """Of a few kinds of rows."""
    assert {field for field in unnoticed(case, pattern) if not _is_no_evidence(field)} == set()


def test_the_seal_guards_what_is_no_evidence(office: Path) -> None:
    """Where the tamperer does not seal again, each such field that is changed is another case.json."""
    folder = office / "case"
    document = Case.load(folder).document
    guarded = {field: found for field, found in fields(document).items() if _is_no_evidence(field)}
    assert {pattern for pattern in NO_EVIDENCE if any(re.fullmatch(pattern, one) for one in guarded)} == set(
        NO_EVIDENCE
    )
    for field, (place, value) in guarded.items():
        (folder / CASE_FILE).write_text(json.dumps(tamper(document, place, other(value))), "utf-8")
        checks = Checks()
        assert check_seal(folder, checks, whole=True)
        assert [one.where for one in checks.disagreements] == [CASE_FILE], field


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lab-office", "incident", "pop-opens"])
def test_every_field_that_is_evidence_is_compared(name: str, tmp_path: Path) -> None:
    """Of every kind of row."""
    found = analyze(PROJECT / "captures" / name, out=tmp_path / "case", rows_only=True)
    unseen = unnoticed(Case(found.document, tmp_path / "case"))
    assert {field: values for field, values in unseen.items() if not _is_no_evidence(field)} == {}


def _is_no_evidence(field: str) -> bool:
    return any(re.fullmatch(pattern, field) for pattern in NO_EVIDENCE)
