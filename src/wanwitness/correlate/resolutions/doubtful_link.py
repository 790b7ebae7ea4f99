"""The link that an answer came by, where nobody knows whether two capture points show one link or two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wanwitness.model import Session
from wanwitness.model.resolved import Resolved
from wanwitness.reading.point import Point


def settled(resolved: Resolved, session: Session, point_of: Mapping[int, Point]) -> Resolved:
    """Return how an address was come by, without the resolver's link where the connection left by what may be the same
    link or another one.

    Args:
        resolved: what the look-ups show.
        session: its transport link known.
        point_of: each capture's point.
    """
    resolution = resolved.resolution
    if resolved.link is None or resolution is None or session.wan is None:
        return resolved
    steps = (step for step in resolution.steps if step.point == resolved.link)
    frames = [frame for step in steps for frame in (step.query_frame, step.answer_frame) if frame is not None]
    here = point_of[session.wan.first.capture]
    if not any(frame.capture in here.maybe_same and point_of[frame.capture] is not here for frame in frames):
        return resolved
    return Resolved(replace(resolution, link=None), None, "resolver-link-unknown", (*resolved.frames, *frames))
