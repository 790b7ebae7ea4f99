"""All that was judged, weighed: what people did meanwhile, and what the sessions say of each explanation."""

from __future__ import annotations

from datetime import UTC, tzinfo

from wanwitness.judged import Judged
from wanwitness.model import Site
from wanwitness.verdict.relays import Relays

from .act import Act
from .acts import acts_of
from .weigh import Weighed, weigh


def weigh_case(judged: Judged, site: Site, zone: tzinfo | None) -> tuple[Weighed, list[Act]]:
    """Say of each explanation what the sessions show; and what people did that may have helped.

    Args:
        judged: the sessions.
        site: with the events that its site file tells of.
        zone: the site's time, for the hours of the day; None: UTC.
    """
    correlated = judged.correlated
    links, gaps = correlated.links, correlated.gaps
    relays = Relays(links, judged.exchanges)
    acts, watched = acts_of(correlated.points, correlated.timeline, links, relays, site.events, gaps)
    isps = {link.name: link.isp for link in links if link.isp is not None}
    return weigh(judged.judgements, relays, acts, watched, zone or UTC, isps), acts
