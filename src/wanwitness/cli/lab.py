"""`wanwitness lab`."""

from __future__ import annotations

from pathlib import Path

import click

from . import arguments
from .output import say

DIFFERENT = 1


@click.group(invoke_without_command=True, short_help="A small Internet that reproduces the fault (root, Linux).")
@click.pass_context
def lab(context: click.Context) -> None:
    """A small Internet in network namespaces, to reproduce the fault and its rivals (root, Linux)."""
    if context.invoked_subcommand is None:
        say(f"{context.get_help()}\n")


@lab.command()
def up() -> int:
    """Build the lab and start its servers."""
    from wanwitness.lab import up as begin

    begin()
    say("the lab is up\n")
    return 0


@lab.command()
def down() -> int:
    """Remove all of the lab, also what a kill left."""
    from wanwitness.lab import down as end

    end()
    return 0


@lab.command(name="list")
def list_() -> int:
    """Name the scenarios and say what happens in each."""
    from wanwitness.lab import SCENARIOS

    for each in SCENARIOS.values():
        say(f"{each.name}: {each.summary}\n    expected: {'; '.join(each.expected)}\n")
    return 0


@lab.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--out",
    required=True,
    shell_complete=arguments.folders,
    metavar="DIR",
    help="Where captures, site.toml and truth.json are written.",
)
@click.option("--check", is_flag=True, help="Analyse the captures and compare with the truth; exit 1 on a difference.")
@click.option("--seed", type=int, default=1, metavar="N", help="Of a random mixture.  [default: 1]")
@click.option("--sessions", type=click.IntRange(1), metavar="N", help="Play a random mixture of so many sessions.")
@click.option("--clients", type=click.IntRange(1), default=4, metavar="M", help="Hosts of a mixture.  [default: 4]")
def run(scenarios: tuple[str, ...], out: str, check: bool, seed: int, sessions: int | None, clients: int) -> int:
    """Play scenarios (`all`, or none named: every one) and write captures with the truth beside them."""
    from wanwitness.lab import chosen, play, tabulate

    wrong = 0
    for done in play(chosen(scenarios), Path(out), seed=seed, sessions=sessions, clients=clients):
        found = None
        if check:
            from wanwitness import analyze

            found = analyze(done.folder, rows_only=True).document["sessions"]
        lines, differences = tabulate(done, found)
        wrong += differences
        for line in lines:
            say(f"{line}\n")
    return DIFFERENT if wrong else 0
