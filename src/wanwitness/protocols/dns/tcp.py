"""DNS over TCP: messages behind a two-byte length (RFC 1035 section 4.2.2, RFC 7766)."""

from __future__ import annotations

from wanwitness.model import Direction, FrameRef, Stream

from .exchanges import Exchanges


class TcpMessages:
    """Cuts a connection's bytes into messages. Behind a gap the length prefixes cannot be found again, so that
    direction is given up, and the gap itself is on record with the stream.
    """

    def __init__(self, stream: Stream, exchanges: Exchanges) -> None:
        self._stream, self._exchanges = stream, exchanges
        self._buffers: dict[Direction, bytearray] = {"orig": bytearray(), "resp": bytearray()}
        self._lost: set[Direction] = set()

    def data(self, direction: Direction, data: bytes, frame: FrameRef, ts_ns: int) -> None:
        """Take the next bytes of one direction."""
        if direction in self._lost:
            return
        buffer = self._buffers[direction]
        buffer += data
        stream = self._stream
        src, dst = (stream.orig, stream.resp) if direction == "orig" else (stream.resp, stream.orig)
        while len(buffer) >= 2 and len(buffer) >= (end := 2 + int.from_bytes(buffer[:2])):
            self._exchanges.feed(src, dst, "tcp", bytes(buffer[2:end]), False, ts_ns, frame)
            del buffer[:end]

    def gap(self, direction: Direction, length: int, frame: FrameRef, ts_ns: int) -> None:
        """Give the direction up."""
        self._lost.add(direction)
        self._buffers[direction].clear()
