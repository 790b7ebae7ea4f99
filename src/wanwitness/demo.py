"""The incident that it all began with, as the package brings it: captures of seven weeks in an office with two links.

In the project they lie in `captures/incident`; the wheel has a copy within the package, made when it is built.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from wanwitness.wrong_use import wrong

INCIDENT = "incident"
_TRUTH = "truth.json"
"""What the servers knew: it is no part of what an administrator has."""
_HERE = Path(__file__).parent
_PLACES = (_HERE / "shipped" / INCIDENT, _HERE.parents[1] / "captures" / INCIDENT)
"""In an installed package, and in the project."""


def incident() -> Path:
    """Return the folder that the package has of the incident: captures, site file, and the story.

    Raises:
        UsageError: this installation has none.
    """
    for place in _PLACES:
        if (place / "site.toml").is_file():
            return place
    raise wrong("no-demo")


def lay_out(folder: Path) -> Path:
    """Copy the incident into a folder, so that the report's frames can be opened beside it; return where it is.

    Raises:
        UsageError: another file stands in its way, or it cannot be written.
    """
    source, place = incident(), folder / INCIDENT
    try:
        place.mkdir(parents=True, exist_ok=True)
        for file in sorted(source.iterdir()):
            target = place / file.name
            if file.name == _TRUTH or not file.is_file():
                continue
            if target.is_file() and target.read_bytes() == file.read_bytes():
                continue
            if target.exists():
                raise wrong("out-other-file", folder=folder, file=target)
            shutil.copyfile(file, target)
    except OSError as error:
        raise wrong("out-unwritten", folder=folder, why=error.strerror) from None
    return place
