"""Arguments that several commands take, and which of them a shell completes as names of files or folders."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave file names to the shell; what stands before `=` (a link's name) is a word of its own to bash."""
    return [CompletionItem(incomplete.rpartition("=")[2], type="file")]


def folders(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave names of folders to the shell."""
    return [CompletionItem(incomplete, type="dir")]


captures = click.argument("captures", nargs=-1, shell_complete=files, metavar="[CAPTURE]...")
lan = click.option(
    "--lan", multiple=True, shell_complete=files, metavar="FILE[:IFACE]", help="A capture of the LAN side."
)
wan = click.option(
    "--wan", multiple=True, shell_complete=files, metavar="LINK=FILE[:IFACE]", help="A capture of a link's WAN side."
)
