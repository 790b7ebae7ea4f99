"""`wanwitness`: the commands, and how errors reach the user."""

from __future__ import annotations

import gc
import sys

import click

from wanwitness.errors import WanwitnessError

from .analyze import analyze
from .lab import lab
from .site import site

CANNOT = 2
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wanwitness", message="%(prog)s %(version)s")
def wanwitness() -> None:
    """Find out from packet captures why mail is refused behind a router with several Internet links."""


wanwitness.add_command(analyze)
wanwitness.add_command(site)
wanwitness.add_command(lab)


def main() -> None:
    """Run the command line. An error is one line on standard error, and exit status 2."""
    try:
        status = wanwitness.main(prog_name="wanwitness", standalone_mode=False)
    except click.ClickException as error:
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "wanwitness"
        click.echo(f"wanwitness: {error.format_message()} ({command} --help tells more)", err=True)
        status = CANNOT
    except click.Abort:
        status = INTERRUPTED
    except WanwitnessError as error:
        click.echo(f"wanwitness: {error}", err=True)
        status = CANNOT
    except BrokenPipeError:
        sys.stderr.close()
        status = CANNOT
    gc.freeze()  # the process ends, and need not look through all it holds once more: that took a tenth of the time
    sys.exit(status or 0)
