"""A stream by the names that other tools know it by."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from wanwitness.model import Capture, Stream, StreamRef
from wanwitness.packets.addresses import MAPPED, packed

TCP = 6


def community_id(stream: Stream) -> str:
    """Return the Community ID, version 1, seed 0, of a TCP connection (github.com/corelight/community-id-spec)."""
    ends = sorted((packed(end.ip).removeprefix(MAPPED), end.port) for end in (stream.orig, stream.resp))
    (low, low_port), (high, high_port) = ends
    content = b"\0\0" + low + high + bytes((TCP, 0)) + low_port.to_bytes(2) + high_port.to_bytes(2)
    return "1:" + base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def tshark_filter(stream: Stream, capture: Capture, first: int, last: int | None) -> str:
    """Return a display filter that names the stream's frames in one file, and no others.

    Frame numbers bound it, since a port pair may come again; ICMP errors that quote the connection are left out.
    """
    field = "ipv6.addr" if ":" in stream.orig.ip else "ip.addr"
    parts = [
        f"tcp && !icmp && !icmpv6 && {field} == {stream.orig.ip} && {field} == {stream.resp.ip}",
        f"tcp.port == {stream.orig.port} && tcp.port == {stream.resp.port}",
        f"frame.number >= {first}" + (f" && frame.number <= {last}" if last is not None else ""),
    ]
    if capture.several_interfaces:
        parts.append(f"frame.interface_id == {capture.interface_id}")
    if capture.section is not None:
        parts.append(f"frame.section_number == {capture.section}")
    if capture.ifindex is not None:
        parts.append(f"sll.ifindex == {capture.ifindex}")
    if capture.told_apart:
        parts.append(capture.told_apart)
    return " && ".join(parts)


def stream_ref(stream: Stream, captures: Sequence[Capture]) -> StreamRef:
    """Name a stream in the capture where it began; where it goes on in the next file, to the end."""
    capture = captures[stream.first.capture]
    last = stream.last.number if stream.last.capture == stream.first.capture else None
    return StreamRef(
        stream.first.capture, community_id(stream), tshark_filter(stream, capture, stream.first.number, last)
    )
