"""Frames that hold once more what another one of their connection does."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from .traffic import RST, SYN, Packet, Point, conversation, timed


def reset(after: list[Packet]) -> Packet:
    """What a closed socket answers with."""
    return Packet("orig", after[-1].seq, 0, RST, ts_ns=after[-1].ts_ns)


@pytest.mark.parametrize("at_once", [1, 5, 100])
def test_a_reset_that_came_twice_at_once_ends_the_connection_behind_both(at_once: int) -> None:
    """A client that has closed answers each of the server's last words with the same; nothing of it is read twice."""
    packets = timed(conversation([("resp", b"220 hi\r\n"), ("orig", b"QUIT\r\n")], random.Random(1)))
    point = Point()
    packets.append(reset(packets))
    point.feed(packets, at_once)
    point.tracker.copied([point.window([packets[-1]])])
    (recorder,) = point.finish()
    stream = recorder.stream
    assert stream.last.number == len(packets) + 1
    assert (stream.ended, stream.packets_orig + stream.packets_resp) == ("fin", len(packets))


def test_a_copy_is_of_the_connection_that_was_there_then() -> None:
    """Not of the next one of the same ports, which opens behind it and is fed in the same window."""
    first = timed(conversation([("resp", b"220 hi\r\n")], random.Random(2)))
    second = [replace(packet, seq=packet.seq + 77_777, ts_ns=packet.ts_ns + 10**9) for packet in first]
    assert second[0].flags == SYN
    second[1:] = [replace(packet, ack=packet.ack + 77_777) for packet in second[1:]]
    point = Point()
    window = point.window([*first, first[-1], *second, second[-1]])
    copy = np.isin(window.number, [len(first) + 1, len(window)])
    point.tracker.copied([window.take(copy)])
    point.tracker.feed(window.take(~copy), np.zeros(len(window) - 2, np.bool_))
    ends = [recorder.stream.last.number for recorder in point.finish()]
    assert ends == [len(first) + 1, len(window)]
