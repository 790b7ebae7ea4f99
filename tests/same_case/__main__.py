"""The net under a change that is to change nothing: every value of every case, before and after.

    python -m tests.same_case keep FOLDER CAPTURES…    analyse each and keep its case in FOLDER
    python -m tests.same_case compare FOLDER           analyse them again and tell what is different, value by value

CAPTURES are files, or folders as `analyze` takes them; a folder with truth.json beside its captures is perturbed as
well (`--perturbed`, one cell in so many). What cannot be analysed is kept as the words of its error. What differs from
run to run anyway (the time of analysis, the version, the command) is left out. Exit status 1 where a value differs.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wanwitness import WanwitnessError, analyze

sys.path.insert(0, str(Path(__file__).parent.parent))

from perturbation.cells import CELLS
from perturbation.trial import original, perturb

LIST = "cases.json"
TOLD = 10
"""Values told of a case that differs."""


def main() -> int:
    """Keep or compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.same_case", description="Are all values what they were?")
    parser.add_argument("what", choices=["keep", "compare"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("captures", type=Path, nargs="*")
    parser.add_argument("--perturbed", type=int, default=0, metavar="N", help="every N-th perturbation, too [none]")
    arguments = parser.parse_args()
    listed = arguments.folder / LIST
    if arguments.what == "keep":
        arguments.folder.mkdir(parents=True, exist_ok=True)
        paths = [str(path.resolve()) for path in arguments.captures]
        listed.write_text(json.dumps({"captures": paths, "perturbed": arguments.perturbed}))
    told = json.loads(listed.read_text())
    different = count = 0
    digest = hashlib.sha256()
    for name, document in cases([Path(path) for path in told["captures"]], told["perturbed"]):
        file = arguments.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json.gz"
        now = json.dumps(document, sort_keys=True).encode()
        digest.update(now)
        count += 1
        if arguments.what == "keep":
            file.write_bytes(gzip.compress(now))
            continue
        before = json.loads(gzip.decompress(file.read_bytes()))
        changed = list(differences(before, json.loads(now)))
        different += bool(changed)
        for line in changed[:TOLD]:
            print(f"{name}: {line}")
        if len(changed) > TOLD:
            print(f"{name}: and {len(changed) - TOLD} more")
    print(f"{count} cases, {different} differ; digest {digest.hexdigest()[:16]}")
    return 1 if different else 0


def cases(captures: list[Path], perturbed: int) -> Iterator[tuple[str, Any]]:
    """Analyse each capture or folder, and what becomes of a folder with a truth when it is perturbed."""
    for path in captures:
        yield str(path), values(path)
        if perturbed and (path / "truth.json").is_file():
            whole = original(path)
            for cell in CELLS[::perturbed]:
                with tempfile.TemporaryDirectory(prefix="wanwitness-same-") as scratch:
                    perturb(whole, cell, Path(scratch))
                    yield f"{path}, {cell.name}", values(Path(scratch))


def values(path: Path) -> Any:
    """Return what a case says, but for when and by whom it was made; an error's words where there is none."""
    try:
        document = analyze(path, rows_only=True).document
    except WanwitnessError as error:
        return str(error).replace(str(path), "PATH")
    kept = {key: value for key, value in document.items() if key not in ("tool", "analysed_at")}
    return json.loads(json.dumps(kept).replace(str(path), "PATH"))


def differences(before: Any, now: Any, at: str = "") -> Iterator[str]:
    """Name the values that are not what they were."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*before, *now]):
            yield from differences(before.get(key), now.get(key), f"{at}.{key}" if at else key)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from differences(one, other, f"{at}[{place}]")
    elif before != now:
        yield f"{at}: {json.dumps(before)[:200]} is now {json.dumps(now)[:200]}"


if __name__ == "__main__":
    sys.exit(main())
