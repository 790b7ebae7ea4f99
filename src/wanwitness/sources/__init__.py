"""Stage 0: a path becomes a stream of bytes, decompressed where need be. What the bytes mean is not known here."""

from .source import Source, open_source

__all__ = ["Source", "open_source"]
