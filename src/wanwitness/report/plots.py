"""The report's figures for a notebook: each as matplotlib's axes, shown where pyplot shows figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wanwitness.language import Language
from wanwitness.wrong_use import wrong

from .moments import zone_of
from .wording import Wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from .figures.style import Drawn

Plot = Callable[["Canvas", dict[str, Any], Wording], "Drawn | None"]


class Plots:
    """Draws a case's figures.

    >>> case.plot.timeline()  # doctest: +SKIP

    Args:
        document: the case's.
        lang: the language, as `fr`; None: the locale's.
    """

    def __init__(self, document: dict[str, Any], lang: str | None = None) -> None:
        self._document, self._lang = document, lang

    def __call__(self, lang: str) -> Plots:
        """Return the same in a language: `case.plot("fr").timeline()`."""
        return Plots(self._document, lang)

    def site_map(self) -> Axes:
        """Draw the links, and which server's name was resolved over which, and reached over which."""
        from .figures.site_map import site_map

        return self._drawn(site_map)

    def timeline(self) -> Axes:
        """Draw when each session began, by which link it left, and how it ended."""
        from .figures.timeline import timeline

        return self._drawn(timeline)

    def links(self) -> Axes:
        """Draw how sessions ended, by resolver link and transport link."""
        from .figures.by_links import by_links

        return self._drawn(by_links)

    def explanations(self) -> Axes:
        """Draw how much each explanation goes with the refusals, and how surely."""
        from .figures.forest import forest

        return self._drawn(forest)

    def clocks(self) -> Axes:
        """Draw how far the captures' clocks are from each other."""
        from .figures.clocks import clocks

        return self._drawn(clocks)

    def ladder(self, session: str) -> Axes:
        """Draw who asked and sent what to whom in one session, named by its id or how that begins.

        Raises:
            UsageError: no session has that id, or several have.
        """
        from .chain import named
        from .figures.ladder_figure import ladder_figure

        row = named(self._document, session)
        return self._drawn(lambda canvas, document, say: ladder_figure(canvas, row, document, say))

    def _drawn(self, plot: Plot) -> Axes:
        from matplotlib import pyplot

        from .figures.style import sheet

        say = Wording(Language.of(self._lang), zone_of(self._document))
        canvas = pyplot.figure()
        with sheet(canvas):
            drawn = plot(canvas, self._document, say) if self._document["sessions"] else None
            if drawn is None:
                pyplot.close(canvas)
                raise wrong("nothing-to-draw")
            axes = canvas.axes[0]
            axes.set_title(drawn.title)
        return axes
