"""A case is read once more, by another reader: does it say what the captures say?

    originals       where each capture is today, and its SHA-256
    second_reader   tshark, which shares no line with our own reading     ─► Frame
    reading         the frames that the case cites, or that are of its connections
    citations       every frame that the document cites
    streams, ways, identity, resolutions, dialogues, cited                ─► a session compared, fact by fact
    refusals        their causes, by the rules that this version has
    shown, acts, clocks     what the captures show beside; times
    servers, watched, tries, counted, reweighed   the explanations counted, and weighed once more
    inner, weighed, figures, sentences   what the case tells twice: of a session, of an explanation, in words
    seal            SHA256SUMS
    checks          what was compared, what disagrees, what could not be compared
    verify          all of that, in order

Only the command line imports this room, and only here tshark is run.
"""

from .tell import WIDTH, tell
from .verify import STATUSES, Verification, verify

__all__ = ["STATUSES", "WIDTH", "Verification", "tell", "verify"]
