"""wanwitness: why mail is refused behind a router with several Internet links, read from packet captures.

A capture goes through these stages, each a room of its own that imports only the rooms before it:

    sources   a file, compressed or not, or a pipe             ─► bytes
    ingest    pcap, pcapng                                     ─► Frames: a window of packets as numpy columns
    packets   link layers, IP, TCP, UDP; only the wanted kept  ─► Packets: their headers as columns
    streams   TCP reassembled, both directions in causal order ─► bytes, each traced to its frame
    protocols dns, smtp, neighbours                            ─► rows: exchanges, dialogues, claims
    correlate crossings, clocks, hosts, resolutions            ─► sessions across the router
    verdict   outcome, rejection, findings, verdict            ─► what the evidence says
    store     the case as a document and a folder
    evidence  each session's own frames, in one capture
    report    page, figures, tables, summary

`inputs` says which files there are, `reading` runs the stages up to the rows for each of them, and `pipeline` has all
the stages in order. `model` holds the words that they share. Broken traffic becomes an `Oddity`; broken use is a
`WanwitnessError`. The command line in `cli` only calls `analyze`.
"""

from typing import TYPE_CHECKING, Any

from .errors import CaptureError, SiteError, UsageError, WanwitnessError

if TYPE_CHECKING:
    __version__: str
    from .model import Case, Site
    from .pipeline import analyze

__all__ = ["CaptureError", "Case", "Site", "SiteError", "UsageError", "WanwitnessError", "__version__", "analyze"]


def __getattr__(name: str) -> Any:
    """Load the public names when they are first asked for, so that `--help` need not wait for numpy (PEP 562)."""
    if name == "analyze":
        from .pipeline import analyze

        return analyze
    if name in ("Case", "Site"):
        from . import model

        return getattr(model, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("wanwitness")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what is public, also where it is loaded only when asked for: for completion."""
    return sorted({*(name for name in globals() if name.startswith("__")), *__all__})
