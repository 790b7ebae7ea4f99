"""Arguments that a shell completes as names of files or folders."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


class Name(click.ParamType):
    """A name that is taken as it stands: what is wrong with it is said by whoever opens it.

    Args:
        kind: `file` or `dir`: which names the shell offers.
    """

    name = "name"

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Leave it to the shell; what stands before `=` (a link's name) is a word of its own to bash."""
        return [CompletionItem(incomplete.rpartition("=")[2], type=self._kind)]


FILE, FOLDER = Name("file"), Name("dir")
