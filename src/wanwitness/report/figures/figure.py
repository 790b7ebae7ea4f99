"""A drawn figure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One drawn figure, with the words that go with it."""

    file: str
    """Name of the PNG in the figures' folder."""
    title: str
    alt: str
    """What the figure shows, in numbers: full sentences for those who cannot see it."""
    png: bytes
    """For a folder, a mail, a slide: with title, site, dates and source."""
    svg: Drawing
    """For the page: texts as text, colours by the page's own names, no style that a policy would refuse. Empty for what
    the page draws by itself."""
    width: int
    """In CSS pixels; the picture itself is twice as fine."""
    height: int


class Drawing(str):
    """SVG to be put into a page as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)
