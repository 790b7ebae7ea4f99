"""Live: interfaces are captured for weeks, and each session is judged soon after its end.

    run        a run from its begin to its end: capture, read, judge, write down, tick by tick
    folder     where it writes: a new folder, or one that earlier runs wrote
    ending     how it ends within five seconds, whatever it was doing
    capture    interfaces captured to files; gaps, drops, a clock that was set, what is kept
    site_file  the folder's site file: by it `analyze` reads the folder as the run did
    reader     which captures there are, read as they grow, and up to when all have been
    engine     one round: what there is by now joined and judged, and what is old let go of
    judging    one round after the other, while reading goes on
    apart      work done in a process of its own, whose memory ends with it
    told       what the journal has of each session, and what of its state is new: provisional, final, late
    journal    what was found, row by row: what web page, alerts and metrics read
    state      how the run does
    line, line_file    a row for a terminal; a file to which whole lines are added

The captures are files, and the disk is the queue: whoever reads behind loses nothing. Live and offline read them with
one code (`reading`), and join and judge them with one code (`correlate`, `verdict`).
"""

from .journal import Follower, Journal, rows

__all__ = ["Follower", "Journal", "rows"]
