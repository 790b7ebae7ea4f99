"""`wanwitness compare`."""

from __future__ import annotations

import json
import textwrap

import click

from . import arguments
from .output import columns, deliver, say

NOT_MENDED = 1
_WIDTH = 100


@click.command(short_help="Is it mended? What was refused then, and what is now.")
@click.argument("before", shell_complete=arguments.folders)
@click.argument("after", shell_complete=arguments.folders)
@click.option("--lang", type=click.Choice(["en", "fr"]), help="Language.  [default: the locale's]")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON, and nothing else, on standard output.")
def compare(before: str, after: str, lang: str | None, as_json: bool) -> int:
    """Say of each relay that refused mail in the case BEFORE how many such tries there are in the case AFTER, and
    whether that is enough to call it mended.

    It is where so few refusals would be rare by chance (5 %), and the stretch without one is longer than any was then,
    in tries and in time.

    Exit status: 0 mended, or nothing was refused; 1 not, or not shown yet; 2 could not be done.
    """
    from wanwitness.compare import compare as compared
    from wanwitness.language import Language

    done = compared(before, after)
    if as_json:
        deliver(json.dumps(done.value(), indent=1) + "\n")
    else:
        language = Language.of(lang)
        width = min(columns(_WIDTH), _WIDTH)
        lines = [language.say(one) for one in done.sentences]
        say("".join(f"{textwrap.fill(line, width, break_on_hyphens=False)}\n" for line in lines))
    return 0 if done.status in ("mended", "nothing-refused") else NOT_MENDED
