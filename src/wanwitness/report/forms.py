"""In which forms a report is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Forms:
    """What somebody asks for besides the page, its figures and the letters."""

    pdf: bool = False
    """The page printed, too."""
    archives: bool = False
    """What each ISP may be sent, in one file."""


USUAL = Forms()
