"""`python -m wanwitness` is the command `wanwitness`."""

import signal


def main() -> None:
    """Run the command; until there is somebody to say so in one line, a signal ends it without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli import main as begin

    begin()


if __name__ == "__main__":
    main()
