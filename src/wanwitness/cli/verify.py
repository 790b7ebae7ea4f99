"""`wanwitness verify`."""

from __future__ import annotations

import json

import click

from . import arguments
from .output import columns, deliver, say
from .stopped import stoppable

DIFFERENT = 1


@click.command(short_help="Have tshark read a case's frames again, and compare.")
@arguments.case
@arguments.keylog
@arguments.lang
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON, and nothing else, on standard output.")
def verify(case: str, keylog: tuple[str, ...], lang: str | None, as_json: bool) -> int:
    """Hash the captures of CASE again, have tshark read every frame that it cites, and compare every cited fact.

    Of each citation it is said whether the original capture proves it, a kept copy, or the evidence captures alone, or
    whether it is gone with its capture. What neither tshark nor a second place in the case tells is listed as not
    compared. Needs tshark.

    Exit status: 0 all agrees; 1 something does not; 2 could not be done.
    """
    with stoppable():
        from wanwitness.language import Language
        from wanwitness.verify import WIDTH, tell
        from wanwitness.verify import verify as compare

        language = Language.of(lang)
        done = compare(case, keylog)
    if as_json:
        deliver(json.dumps(done.value(), indent=1) + "\n")
    else:
        say(tell(done, width=min(columns(WIDTH), WIDTH), language=language))
    return 0 if done.agrees else DIFFERENT
