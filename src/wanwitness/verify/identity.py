"""A session's name, made again from what tshark reads of its first packet."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from .checks import Checks
from .frame import ACK, SYN
from .streams import SIDES, Streams


def check_id(session: Mapping[str, Any], streams: Streams, checks: Checks) -> None:
    """Compare the hash of both ends, the client's ISN and the SYN's raw time, where the session was first seen."""
    where = f"session {session['id']} id"
    side = next((side for side in SIDES[:2] if session[side] is not None), None)
    seen = streams.everywhere(session, side) if side is not None else []
    openings = [frame for _, frame in seen if frame.flags & SYN and not frame.flags & ACK]
    if not openings:
        checks.cannot(where, "tshark has not read the packet that opened it")
        return
    client, server = session["client"], session["server"]
    ends = f"{client['ip']}|{client['port']}|{server['ip']}|{server['port']}"
    names = {hashlib.sha256(f"{ends}|{frame.seq}|{frame.ts_ns}".encode()).hexdigest()[:12]: frame for frame in openings}
    checks.compare("stream", session["id"] in names, where, session["id"], names)
