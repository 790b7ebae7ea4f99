"""`wanwitness live`."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from . import arguments
from .output import complain, deliver, say
from .stopped import Stopped

if TYPE_CHECKING:
    from wanwitness.language import Language
    from wanwitness.live.alerts import AlertTarget
    from wanwitness.live.capture import LivePoint
    from wanwitness.live.ending import RunEnding
    from wanwitness.model import Sentence

DEFAULT_OUT = Path("reports/live")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_MOST_UNREAD = 10_000
"""Lines that wait for a slow reader."""


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", str(value).strip())
        if found is None:
            from wanwitness.live.wrong import wrong

            raise wrong("live-no-length", option=_named(param), text=str(value))
        return float(found[1]) * _SECONDS[found[2]]


class _Size(click.ParamType[int]):
    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)i?B?", str(value).strip(), re.IGNORECASE)
        if found is None:
            from wanwitness.live.wrong import wrong

            raise wrong("live-no-size", option=_named(param), text=str(value))
        return int(float(found[1]) * _BYTES[found[2].upper()])


def _named(param: click.Parameter | None) -> str:
    return param.opts[0] if param is not None else ""


@click.command(short_help="Capture interfaces for weeks, and judge each session as it ends.")
@click.option("--lan", multiple=True, metavar="IFACE", help="An interface, or a pipe, of the LAN side.")
@click.option("--wan", multiple=True, metavar="LINK=IFACE", help="One of a link's WAN side.")
@click.option("--mirror", multiple=True, metavar="IFACE", help="A mirror port; the site file tells its sides apart.")
@click.option("--site", shell_complete=arguments.files, metavar="FILE", help="The site file.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=DEFAULT_OUT,
    show_default=True,
    shell_complete=arguments.folders,
    metavar="DIR",
    help="Where captures, journal and case go.",
)
@click.option("--force", is_flag=True, help="Write into a folder that holds other files than a run's.")
@click.option("--keep", type=_Duration(), default="7d", show_default=True, help="How long captures are kept.")
@click.option("--max-disk", type=_Size(), default="5G", show_default=True, help="How large they may be together.")
@click.option("--rotate", type=_Duration(), default="1h", show_default=True, help="When the next file is begun.")
@click.option("--quiet", type=_Duration(), default="10m", show_default=True, help="Silence that raises an alarm.")
@click.option("--rivals", is_flag=True, help="Capture POP and IMAP too, which explain refusals otherwise.")
@click.option("--all", "everything", is_flag=True, help="Capture all packets, not only what the analysis uses.")
@click.option("--web", metavar="ADDRESS:PORT", help="Serve a page to watch it by, such as 127.0.0.1:8530.")
@click.option("--web-host", multiple=True, metavar="NAME", help="A name under which a proxy hands the page on.")
@click.option(
    "--alert",
    multiple=True,
    metavar="TARGET",
    help="Tell of each flag: run:COMMAND, https://…, syslog[:HOST] or mailto:ADDRESS.",
)
@click.option("--unit", is_flag=True, help="Print a systemd unit that runs this, and do nothing else.")
@arguments.lang
@click.option("--json", "as_json", is_flag=True, help="Print the journal's rows on standard output, and nothing else.")
def live(
    lan: tuple[str, ...],
    wan: tuple[str, ...],
    mirror: tuple[str, ...],
    site: str | None,
    out: Path,
    force: bool,
    keep: float,
    max_disk: int,
    rotate: float,
    quiet: float,
    rivals: bool,
    everything: bool,
    web: str | None,
    web_host: tuple[str, ...],
    alert: tuple[str, ...],
    unit: bool,
    lang: str | None,
    as_json: bool,
) -> None:
    """Capture interfaces, judge each mail session soon after its end, and go on until Ctrl-C or SIGTERM.

    For IFACE may stand a pipe that brings a capture (its path, `<(ssh router tcpdump -U -w - …)`, or `-`), or
    tzsp:PORT/IFACE for the stream that a MikroTik router sends of what it sniffs.

    What is found goes to a journal in the folder, a file a day; the captures lie beside it. In the end the folder holds
    a case of everything, and analyze, report and verify take it like any other.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from wanwitness.language import Language
    from wanwitness.live.capture.recorder import Rotation
    from wanwitness.live.capture.ring import Keep
    from wanwitness.live.run import Options, run
    from wanwitness.live.wrong import wrong
    from wanwitness.packets.capture_filter import capture_filter

    from .live_case import leave, write_case
    from .sentences import sentence

    points = _points(lan, wan, mirror, site)
    if not points:
        raise wrong("live-nothing")
    targets = _targets(alert)
    if unit:
        say(_unit(sys.argv[1:]))
        return
    command_line = ["wanwitness", *sys.argv[1:]]
    options = Options(
        points,
        out,
        force,
        site,
        Keep(keep, max_disk),
        Rotation(max(10, int(rotate))),
        "" if everything else capture_filter(rivals=rivals),
        quiet,
        shlex.join(command_line),
    )
    begun, language = threading.Event(), Language.of(lang)

    def tell_people(what: Sentence) -> None:
        complain(language.say(what))

    def begin() -> None:
        begun.set()
        if not as_json:
            names = [point.name for point in points]
            say(f"{language.say(sentence('live-begun', names=names, folder=str(out)))}\n", err=True)
        if url is not None:
            say(f"{language.say(sentence('live-to-watch', url=url))}\n", err=True)

    with (
        _ended_by_signals() as (ending, signum),
        _Printer(as_json, language, ending) as printer,
        _others(out, site, language, web, web_host, targets, tell_people, ending) as (url, tell_others),
    ):

        def tell(row: dict[str, Any]) -> None:
            printer.tell(row)
            tell_others(row)

        ran = run(options, ending, tell, tell_people, begin)
    if not begun.is_set():
        raise Stopped(sentence("stopped-before"), signum() or signal.SIGTERM)
    write_case(ran, out, command_line, language, ending)
    leave()


def _targets(alert: tuple[str, ...]) -> list[AlertTarget]:
    if not alert:
        return []
    from wanwitness.live.alerts import target_of

    return [target_of(text) for text in alert]


@contextmanager
def _others(
    out: Path,
    site: str | None,
    language: Language,
    web: str | None,
    hosts: tuple[str, ...],
    targets: list[AlertTarget],
    complain: Callable[[Sentence], None],
    ending: RunEnding,
) -> Iterator[tuple[str | None, Callable[[dict[str, Any]], None]]]:
    """Serve the page, and give its address and what tells alerts' targets of rows, as far as either is asked for."""
    if web is None and not targets:
        yield None, lambda row: None
        return
    from wanwitness.live.alerts import alerting
    from wanwitness.model import Site
    from wanwitness.site import load

    known = load(Path(site)) if site else Site()
    folder = Path(os.path.realpath(out))
    with ExitStack() as stack:
        url = None
        if web is not None:
            from wanwitness.live.web.serve import page

            url = stack.enter_context(page(folder, web, hosts, language, known.timezone, ending))
        yield url, stack.enter_context(alerting(folder, targets, language, known.name or folder.name, complain, ending))


def _unit(arguments: list[str]) -> str:
    """The unit of this command line, but for what says to print it; the state's folder is systemd's."""
    from wanwitness.live.unit import STATE, unit

    words = [word for word in arguments if word != "--unit"]
    if not any(word == "--out" or word.startswith("--out=") for word in words):
        words += ["--out", STATE]
    program = shutil.which("wanwitness") or sys.argv[0]
    return unit([os.path.realpath(program), *words])


def _points(lan: tuple[str, ...], wan: tuple[str, ...], mirror: tuple[str, ...], site: str | None) -> list[LivePoint]:
    from wanwitness.live.capture import LivePoint
    from wanwitness.live.site_file import mirror_rules
    from wanwitness.live.wrong import wrong
    from wanwitness.site import load

    points = [LivePoint.of(name, "lan", None) for name in lan]
    for text in wan:
        link, separator, name = text.partition("=")
        if not separator or not link or not name:
            raise wrong("live-which-link", text=text, interface=text.strip("=") or "IFACE")
        points.append(LivePoint.of(name, "wan", link))
    said = load(Path(site)) if site else None
    points += [LivePoint.of(name, "mirror", None, mirror_rules(said, name)) for name in mirror]
    seen: set[str] = set()
    for point in points:
        if point.name in seen:
            raise wrong("live-named-twice", name=point.name)
        seen.add(point.name)
    return points


@contextmanager
def _ended_by_signals() -> Iterator[tuple[RunEnding, Callable[[], int | None]]]:
    """Give what the first signal to end begins, and which one that was; a second one ends the process at once.

    They are handled also where whoever started this had them ignored, as a shell does for what it runs behind.
    """
    from wanwitness.live.ending import RunEnding

    ending, came = RunEnding(), list[int]()

    def come(signum: int, _: FrameType | None) -> None:
        came.append(signum)
        ending.begin()
        for each in before:
            signal.signal(each, signal.SIG_DFL)

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for each in before:
        signal.signal(each, come)
    try:
        yield ending, lambda: came[0] if came else None
    finally:
        for each, handler in before.items():
            signal.signal(each, handler if callable(handler) else signal.SIG_DFL)


class _Printer:
    """Prints rows in a thread of its own: who reads slowly, or no more, holds nothing up."""

    def __init__(self, as_json: bool, language: Language, ending: RunEnding) -> None:
        self._as_json, self._language, self._ending = as_json, language, ending
        self._rows: deque[dict[str, Any]] = deque(maxlen=_MOST_UNREAD)
        self._unread = self._told_unread = 0
        """Lines that made room for later ones; of those it was told of so many."""
        self._come, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="print", daemon=True)

    def __enter__(self) -> _Printer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        from wanwitness.live.ending import CASE_RESERVE_S

        self._ended.set()
        self._come.set()
        self._thread.join(min(1.0, self._ending.left_s(CASE_RESERVE_S)))

    def tell(self, row: dict[str, Any]) -> None:
        """Have a row printed."""
        self._unread += len(self._rows) == _MOST_UNREAD
        self._rows.append(row)
        self._come.set()

    def _run(self) -> None:
        from wanwitness.errors import UsageError

        from .sentences import sentence

        with suppress(BrokenPipeError, UsageError):
            while not self._ended.is_set() or self._rows:
                self._come.wait(1.0)
                self._come.clear()
                while self._rows:
                    self._print(self._rows.popleft())
                if lost := self._unread - self._told_unread:
                    self._told_unread += lost
                    complain(self._language.say(sentence("live-unread", n=lost)))

    def _print(self, row: dict[str, Any]) -> None:
        from wanwitness.live.journal import encoded
        from wanwitness.live.line import line_of

        if self._as_json:
            deliver(encoded(row).decode("utf-8", "backslashreplace") + "\n")
        elif (line := line_of(row, self._language)) is not None:
            say(f"{line}\n")
