"""`wanwitness`: the commands, and how errors reach the user."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wanwitness.errors import WanwitnessError

from .analyze import analyze
from .compare import compare
from .demo import demo
from .explain import explain
from .filter import filter_
from .fleet import fleet
from .lab import lab
from .live import live
from .output import complain, degrade, on_terminal, say, silence
from .report import report
from .site import site
from .spoken import spoken
from .stopped import Signalled, Stopped, told_of_signals
from .verify import verify

if TYPE_CHECKING:
    from wanwitness.model import Sentence

CANNOT = 2
_STOPPED = 128
"""And the signal's number: the exit status that shells expect."""


class _Commands(click.Group):
    """The commands; a capture in the place of one is somebody's first try, and told what is missing."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the command that the arguments begin with."""
        if self.get_command(ctx, args[0]) is None and Path(args[0]).exists():
            from wanwitness.wrong_use import wrong

            raise wrong("no-command", file=args[0])
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="wanwitness", message="%(prog)s %(version)s")
@click.pass_context
def wanwitness(context: click.Context) -> None:
    """Find out from packet captures why mail is refused behind a router with several Internet links."""
    if context.invoked_subcommand is None:
        say(f"{context.get_help()}\n")


wanwitness.add_command(analyze)
wanwitness.add_command(demo)
wanwitness.add_command(report)
wanwitness.add_command(live)
wanwitness.add_command(explain)
wanwitness.add_command(verify)
wanwitness.add_command(compare)
wanwitness.add_command(site)
wanwitness.add_command(fleet)
wanwitness.add_command(filter_)
wanwitness.add_command(lab)


def main() -> None:
    """Run the command line. An error is one line on standard error, and exit status 2."""
    _occupy()
    degrade()
    try:
        with told_of_signals(complain):
            status = _run()
    except Signalled as stop:
        from .sentences import sentence

        status = _stopped(sentence("stopped"), _STOPPED + stop.signum)
    gc.freeze()  # the process ends, and need not look through all it holds once more: that took a tenth of the time
    sys.exit(status)


def _run() -> int:
    """Run a command, and return its exit status."""
    try:
        _refuse_empty(sys.argv[1:])
        return wanwitness.main(prog_name="wanwitness", standalone_mode=False) or 0
    except click.ClickException as error:
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "wanwitness"
        from .misspelt import misspelt

        complain(spoken().say(misspelt(error.format_message(), command)))
    except Stopped as stopped:
        return _stopped(stopped.said, stopped.status)
    except click.Abort:
        _complain_of("stopped")
    except WanwitnessError as error:
        from wanwitness.language import said_of

        silence()
        complain(spoken().say(said_of(error)))
    except BrokenPipeError:
        silence()
    except OSError as error:
        silence()
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        complain(f"{where}{error.strerror or error}")
    except MemoryError:
        _complain_of("no-memory")
    return CANNOT


def _refuse_empty(arguments: Iterable[str]) -> None:
    """Refuse an argument that is empty: as a name it would mean the working folder, which nobody named."""
    for argument in arguments:
        if not argument or (argument.startswith("--") and argument.endswith("=")):
            from wanwitness.wrong_use import wrong

            raise wrong("empty-value", option=argument[:-1]) if argument else wrong("empty-argument")


def _complain_of(kind: str) -> None:
    from .sentences import sentence

    complain(spoken().say(sentence(kind)))


def _stopped(what: Sentence, status: int) -> int:
    if on_terminal(sys.stderr):
        say("\n", err=True)  # behind the ^C that the terminal shows
    complain(spoken().say(what))
    return status


def _occupy() -> None:
    """Give standard input, output and error something where a caller closed them: files that are opened would take
    their numbers, and get what was meant for a terminal.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
