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
keylog = click.option(
    "--keylog",
    multiple=True,
    shell_complete=files,
    metavar="FILE",
    help="A key log of TLS (SSLKEYLOGFILE), to read what was said inside; needs tshark.",
)


LANGUAGES = ("en", "fr")
"""Those of the room `language`, which is not loaded for `--help`."""
lang = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help="The language of what is said and drawn.  [default: the locale's, or English]",
)


def sessions(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a session's id by those of the case that stands before it."""
    import json
    from pathlib import Path

    try:
        path = Path(context.params["case"])
        path = path / "case.json" if path.is_dir() else path
        rows = json.loads(path.read_text(encoding="utf-8"))["sessions"]
        ids = [str(row["id"]) for row in rows]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return []
    return [CompletionItem(one) for one in ids if one.startswith(incomplete)]


case = click.argument("case", shell_complete=folders)

pdf = click.option("--pdf", is_flag=True, help="Print the report as report.pdf, too; needs Chromium.")
archives = click.option("--zip", "archives", is_flag=True, help="Put what each ISP may be sent into report.zip, too.")
