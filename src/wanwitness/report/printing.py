"""report.pdf: the page printed by a browser that is there, without a window and without the network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .wording import Wording

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
"""Programs that print without a window, as they are called on Linux."""
_PATIENCE_S = 180
_BESIDE = re.compile(r'<a href="(?!#|https?:)[^"]*"')
"""A link to a file beside the page. A browser would make it one to the whole path of this file on this machine."""
_SWITCHES = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-pdf-header-footer",
)


class NotPrintedError(Exception):
    """There is no PDF; the message says why, in one line."""


def browser() -> str | None:
    """Return the browser that is there."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def printed(page: Path, say: Wording) -> bytes:
    """Return a page as PDF; what lies beside it is named there, and not linked.

    Args:
        page: where it lies; it is all in one file.
        say: the language, for what goes wrong.

    Raises:
        NotPrintedError: no browser is there, or it did not print.
    """
    program = browser()
    if program is None:
        wanted = ", ".join(BROWSERS[:3])
        raise NotPrintedError(
            say.gettext("report.pdf needs a browser that prints without a window: {programs}", programs=wanted)
        )
    # As root Chromium starts only without its sandbox; the page itself is ours, and may load nothing.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="wanwitness-pdf-") as scratch:
        unlinked, target = Path(scratch) / "report.html", Path(scratch) / "report.pdf"
        unlinked.write_text(_BESIDE.sub("<a", page.read_text(encoding="utf-8")), encoding="utf-8")
        command = [program, *_SWITCHES, *root, f"--user-data-dir={scratch}/profile", f"--print-to-pdf={target}"]
        try:
            done = subprocess.run(  # noqa: S603 - a browser of this system, and a page of ours
                [*command, unlinked.as_uri()], capture_output=True, check=False, timeout=_PATIENCE_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotPrintedError(_failed(program, type(error).__name__, say)) from None
        if not target.is_file() or not target.read_bytes().startswith(b"%PDF-"):
            raise NotPrintedError(_failed(program, say.gettext("exit status {n}", n=done.returncode), say))
        return target.read_bytes()


def _failed(program: str, why: str, say: Wording) -> str:
    return say.gettext("{program} did not print report.pdf ({why})", program=Path(program).name, why=why)
