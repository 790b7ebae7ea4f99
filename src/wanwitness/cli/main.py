"""`wanwitness`: the commands, and how errors reach the user."""

from __future__ import annotations

import gc
import sys

import click

from wanwitness.errors import WanwitnessError

from .analyze import analyze
from .explain import explain
from .filter import filter_
from .lab import lab
from .output import complain, degrade, say
from .site import site
from .stopped import Stopped
from .verify import verify

CANNOT = 2
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="wanwitness", message="%(prog)s %(version)s")
@click.pass_context
def wanwitness(context: click.Context) -> None:
    """Find out from packet captures why mail is refused behind a router with several Internet links."""
    if context.invoked_subcommand is None:
        say(f"{context.get_help()}\n")


wanwitness.add_command(analyze)
wanwitness.add_command(explain)
wanwitness.add_command(verify)
wanwitness.add_command(site)
wanwitness.add_command(filter_)
wanwitness.add_command(lab)


def main() -> None:
    """Run the command line. An error is one line on standard error, and exit status 2."""
    degrade()
    try:
        status = wanwitness.main(prog_name="wanwitness", standalone_mode=False)
    except click.ClickException as error:
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "wanwitness"
        complain(f"{error.format_message()} ({command} --help tells more)")
        status = CANNOT
    except Stopped as stopped:
        say("\n", err=True)  # behind the ^C that the terminal shows
        complain(str(stopped))
        status = INTERRUPTED
    except click.Abort:
        complain("stopped")
        status = INTERRUPTED
    except WanwitnessError as error:
        complain(str(error))
        status = CANNOT
    except BrokenPipeError:
        sys.stderr.close()
        status = CANNOT
    gc.freeze()  # the process ends, and need not look through all it holds once more: that took a tenth of the time
    sys.exit(status or 0)
