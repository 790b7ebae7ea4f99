"""The lab as a whole: up and down."""

from __future__ import annotations

from . import internet, programs, state


def up() -> None:
    """Build the small Internet and start its servers.

    Raises:
        LabError: it cannot be built here, is there already, or a server did not start; then nothing is left behind.
    """
    programs.require()
    state.begin()
    try:
        internet.build()
        internet.start_servers()
        state.finished()
    except BaseException:
        state.clean()
        raise


def down() -> None:
    """Remove all of the lab, also what a kill left; nothing to remove is fine."""
    programs.require_root()
    state.clean()
