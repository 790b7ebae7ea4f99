"""`python -m wanwitness.live.web`, as a live run begins it."""

from .serve import main

if __name__ == "__main__":
    main()
