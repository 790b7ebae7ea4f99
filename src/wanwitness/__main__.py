"""`python -m wanwitness` is the command `wanwitness`."""

from .cli import main

if __name__ == "__main__":
    main()
