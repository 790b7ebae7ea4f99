"""`wanwitness site`."""

from __future__ import annotations

import click

from .analyze import DAMAGED


@click.command()
@click.argument("captures", nargs=-1, metavar="[CAPTURE]...")
@click.option("--lan", multiple=True, metavar="FILE[:IFACE]", help="A capture of the LAN side.")
@click.option("--wan", multiple=True, metavar="LINK=FILE[:IFACE]", help="A capture of a link's WAN side.")
def site(captures: tuple[str, ...], lan: tuple[str, ...], wan: tuple[str, ...]) -> int:
    """Print the site.toml that captures themselves show, each line with where it comes from, and what is missing.

    CAPTURE is a capture file, a folder of them, or - for standard input. A site.toml that is there already is not read.

    Exit status: 0 printed; 3 printed, and something in the input was damaged or left out; 2 could not be done.
    """
    from wanwitness.inputs import gather
    from wanwitness.pipeline import run
    from wanwitness.site import draft

    case = run(gather(captures, lan, wan, own_site=False), rows_only=True)
    for text in case.damage:
        click.echo(f"wanwitness: {text}", err=True)
    click.echo(draft(case.document), nl=False)
    return DAMAGED if case.damaged else 0
