"""Debian's Chromium, driven by Playwright: without a window, without the network, and with its ears open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def program(*names: str) -> str:
    """Return a program's path, by default the browser's; skip, naming it, where there is none, but never under CI."""
    wanted = names or NAMES
    found = next((path for name in wanted if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{wanted[0]} is needed in CI")
        pytest.skip(f"{wanted[0]} is not installed")
    return found


@contextmanager
def opened(
    path: Path, *, size: tuple[int, int] = (1280, 800), dark: bool = False, script: bool = True, quiet: bool = True
) -> Iterator[Any]:
    """Give a page of Playwright's at a file, offline; at the end hold that the browser had nothing to complain of.

    Args:
        path: the page.
        size: of the window, in CSS pixels.
        dark: what the reader prefers.
        script: whether scripts may run.
        quiet: whether to hold that at the end.
    """
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=SWITCHES)
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            offline=True,
            java_script_enabled=script,
            locale="en-GB",
            permissions=["clipboard-read", "clipboard-write"],
        )
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: _inside(request.url, path, complaints))
        page.goto(path.resolve().as_uri())
        yield page
        browser.close()
    if quiet:
        assert not complaints, complaints


def _inside(url: str, path: Path, complaints: list[str]) -> None:
    if url.split("#")[0] != path.resolve().as_uri() and not url.startswith("data:"):
        complaints.append(f"asked for {url}")
