"""What the server said, as it was seen beyond the router before it reached the LAN."""

from __future__ import annotations

from wanwitness.model import FrameRef, Session

_SAME_PACKETS = ("isn", "relative-sequence", "payload")
"""Ways to know a crossing by which both sides show the same packets; a router that ends connections says it anew."""


def beyond_router(session: Session, frame: FrameRef) -> FrameRef | None:
    """Return the WAN side's frame of what the server said in a frame of the LAN side; None where it is not known.

    Both have the same place among the sequence numbers: the router may add a constant to them all. Of a long
    connection the first packets alone are remembered.
    """
    lan, crossing = session.lan, session.crossing
    if lan is None or crossing is None or crossing.method not in _SAME_PACKETS:
        return None
    mark = next((one for one in lan.marks if one.frame == frame and one.direction == "resp" and one.length), None)
    if mark is None:
        return None
    for wan in (session.wan, session.wan_return):
        if wan is None or (crossing.method == "relative-sequence" and None in (lan.isn_resp, wan.isn_resp)):
            continue
        moved = (wan.isn_resp or 0) - (lan.isn_resp or 0) if None not in (lan.isn_resp, wan.isn_resp) else 0
        place = (mark.seq + moved) & 0xFFFFFFFF
        for one in wan.marks:
            if (one.direction, one.seq, one.length) == ("resp", place, mark.length):
                return one.frame
    return None
