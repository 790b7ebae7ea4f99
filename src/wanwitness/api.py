"""What Python programs call: `wanwitness.analyze`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath

from wanwitness.case import Case
from wanwitness.inputs import gather
from wanwitness.language import Language
from wanwitness.pipeline import run

AnyPath = str | PathLike[str]


def analyze(
    captures: AnyPath | Sequence[AnyPath] = (),
    *,
    lan: AnyPath | Sequence[AnyPath] = (),
    wan: Mapping[str, AnyPath | Sequence[AnyPath]] | None = None,
    site: AnyPath | None = None,
    out: AnyPath | None = None,
    force: bool = False,
    rows_only: bool = False,
    keylog: AnyPath | Sequence[AnyPath] = (),
    workers: int | None = None,
    dns: bool = False,
    redact: bool = False,
    window_frames: int | None = None,
    lang: str = "en",
) -> Case:
    """Read captures of a site's LAN and WAN sides and say of each SMTP session what the evidence shows.

    Args:
        captures: capture files, or folders whose captures are all read together with the folder's site.toml.
        lan: captures of the LAN side, as `FILE` or `FILE:INTERFACE`.
        wan: captures of each link's WAN side, by the link's name.
        site: the site file, where it is not a folder's own site.toml.
        out: folder for case.json, sessions.csv, report.html and figures; None writes nothing.
        force: write into a folder that holds other files.
        rows_only: write only case.json and the tables: no hashes, report or figures.
        keylog: key logs of TLS (SSLKEYLOGFILE), to read what was said inside; tshark opens it.
        workers: how many processes read at once; None: as many as there are processors. Below 32 MiB one is faster.
        dns: have every DNS exchange in `Case.dns` and dns.parquet, not only those that a mail session may rest on.
        redact: put other names and addresses in the place of the site's, in all that is written and returned.
        window_frames: frames decoded at once, at most; any number gives the same case.
        lang: the language of page and figures, as `en` or `fr`.

    Returns:
        The case; its `sessions` are a pandas DataFrame.

    Raises:
        UsageError: nothing to read, a file is missing, roles contradict each other, or `out` cannot be written.
        SiteError: the site file is wrong.
        CaptureError: a file is no capture.

    >>> import wanwitness
    >>> case = wanwitness.analyze("captures/office")  # doctest: +SKIP
    >>> case.sessions[["start", "transport_link", "resolver_link", "verdict"]]  # doctest: +SKIP
    """
    wan_sides = [f"{link}={path}" for link, paths in (wan or {}).items() for path in _several(paths)]
    inputs = gather(_several(captures), _several(lan), wan_sides, fspath(site) if site is not None else None)
    return run(
        inputs,
        out=out,
        force=force,
        rows_only=rows_only,
        keylogs=_several(keylog),
        workers=workers,
        dns=dns,
        redact=redact,
        window_frames=window_frames,
        language=Language.of(lang),
    )


def _several(paths: AnyPath | Sequence[AnyPath]) -> list[str]:
    return [fspath(paths)] if isinstance(paths, str | PathLike) else [fspath(path) for path in paths]
