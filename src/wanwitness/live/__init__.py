"""Live: interfaces are captured for weeks, and each session is judged soon after its end.

    journal    what was found, row by row: what web page, alerts and metrics read

The captures are files, and the disk is the queue: whoever reads behind loses nothing. Live and offline read them with
one code (`reading`), and join and judge them with one code (`correlate`, `verdict`).
"""

from .journal import Follower, Journal, rows

__all__ = ["Follower", "Journal", "rows"]
