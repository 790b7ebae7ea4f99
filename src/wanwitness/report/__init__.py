"""Stage 7: a case document becomes what a person reads.

Every function here works from the document alone, case.json as Python values, so that a report can be made again
long after the captures are gone. jinja2 and matplotlib are loaded by the function that needs them, not by importing.

    wording          a language, in the site's zone: all below speak by it
    palette          all colours and sizes
    isps, ladder, explanations, rows, detail, capture_lines    what is told, without a word of HTML
    figures.draw     ─► PNGs for the folder, drawings for the page
    page.render      ─► report.html
    files.write      ─► all of these, into the case's folder
    summary          ─► the terminal
"""

from .figures import Figure, draw
from .files import FIGURES, REPORT, write
from .forms import USUAL, Forms
from .moments import zone
from .order import detailed
from .page import render
from .summary import WIDTH, summarise
from .wording import Wording

__all__ = [
    "FIGURES",
    "REPORT",
    "USUAL",
    "WIDTH",
    "Figure",
    "Forms",
    "Wording",
    "detailed",
    "draw",
    "render",
    "summarise",
    "write",
    "zone",
]
