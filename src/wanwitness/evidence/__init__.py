"""Stage 7: each session's own frames, out of all captures, in one file that Wireshark opens.

    claims   what each cited frame proves
    locate   which frames are the session's, and what of them stays hidden
    masks    of a mail's dialogue, only what the case tells too is shown
    pcapng   frames with comments, written
    carve    all of that, a few sessions at a time
    write    into a case's folder

Unlike the report, this needs the captures themselves.
"""

from .carve import Sides, carve
from .write import write_evidence

__all__ = ["Sides", "carve", "write_evidence"]
