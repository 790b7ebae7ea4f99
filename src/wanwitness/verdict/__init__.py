"""Stage 6: what the evidence says. Pure functions over rows; each names the rows, and so the frames, that it used."""

from .judge import judge

__all__ = ["judge"]
