"""The command line: thin, each command calls one public function."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; Ctrl-C is one line from the first moment on, while the rest is still being loaded."""
    try:
        from .main import main as run
    except KeyboardInterrupt:
        sys.stderr.write("\nwanwitness: stopped; nothing was written\n")
        sys.exit(130)
    run()
