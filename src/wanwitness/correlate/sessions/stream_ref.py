"""A stream by the names that other tools know it by."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence

from wanwitness.model import Capture, Stream, StreamRef
from wanwitness.packets.addresses import MAPPED, packed

TCP = 6


def community_id(stream: Stream) -> str:
    """Return the Community ID, version 1, seed 0, of a TCP connection (github.com/corelight/community-id-spec)."""
    ends = sorted((packed(end.ip).removeprefix(MAPPED), end.port) for end in (stream.orig, stream.resp))
    (low, low_port), (high, high_port) = ends
    content = b"\0\0" + low + high + bytes((TCP, 0)) + low_port.to_bytes(2) + high_port.to_bytes(2)
    return "1:" + base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def tshark_filter(stream: Stream, captures: Sequence[Capture], first: int, last: int | None) -> str:
    """Return a display filter that names the stream's frames in one file, and no others.

    Frame numbers bound it, since a port pair may come again; ICMP errors that quote the connection are left out.

    Args:
        stream: it.
        captures: those of the file that have frames of it: a switch may tag its directions differently.
        first: number of its first frame there.
        last: of its last; None where it goes on behind the file.
    """
    field = "ipv6.addr" if ":" in stream.orig.ip else "ip.addr"
    parts = [
        f"tcp && !icmp && !icmpv6 && {field} == {stream.orig.ip} && {field} == {stream.resp.ip}",
        f"tcp.port == {stream.orig.port} && tcp.port == {stream.resp.port}",
        f"frame.number >= {first}" + (f" && frame.number <= {last}" if last is not None else ""),
    ]
    places = list(dict.fromkeys(tuple(_place(capture)) for capture in captures))
    shared = [part for part in places[0] if all(part in place for place in places)]
    parts += shared
    others = [" && ".join(part for part in place if part not in shared) for place in places]
    if all(others):
        parts.append(f"({' || '.join(others)})")
    return " && ".join(parts)


def _place(capture: Capture) -> Iterator[str]:
    """What tells a capture's frames from the others of its file."""
    if capture.several_interfaces:
        yield f"frame.interface_id == {capture.interface_id}"
    if capture.section is not None:
        yield f"frame.section_number == {capture.section}"
    if capture.ifindex is not None:
        yield f"sll.ifindex == {capture.ifindex}"
    if capture.told_apart:
        yield capture.told_apart


def stream_ref(stream: Stream, captures: Sequence[Capture]) -> StreamRef:
    """Name a stream in the file where it began; where it goes on in the next file, to the end."""
    path = captures[stream.first.capture].path
    own = [captures[n] for n in (stream.first.capture, *sorted(stream.others)) if captures[n].path == path]
    last = stream.last.number if all(captures[n].path == path for n in stream.others) else None
    return StreamRef(stream.first.capture, community_id(stream), tshark_filter(stream, own, stream.first.number, last))
