"""Stage 7: a case document becomes what a person reads.

Every function here works from the document alone, case.json as Python values, so that a report can be made again
long after the captures are gone. jinja2 and matplotlib are loaded by the function that needs them, not by importing.

    document ─► figures.draw ─► page.render ─► report.html       both by files.write, into the case's folder
             ├► tables.write_sessions_csv     ─► sessions.csv
             ├► summary.summarise             ─► the terminal
             └► answer.answer                 ─► the sentences of both, in case.json
"""

from .answer import answer
from .figures import Figure, draw
from .files import FIGURES, REPORT, write
from .moments import zone
from .order import detailed
from .page import render
from .summary import WIDTH, summarise

__all__ = ["FIGURES", "REPORT", "WIDTH", "Figure", "answer", "detailed", "draw", "render", "summarise", "write", "zone"]
