"""A live run on the lab's router, while hosts send through it."""

from __future__ import annotations

from pathlib import Path

import pytest

from live.checks import each_once, flags_hold, never_told_without_being, same
from live.segment import Live
from wanwitness import analyze
from wanwitness.lab import chosen, play, router, up
from wanwitness.lab.check import compare
from wanwitness.lab.namespaces import full_name
from wanwitness.lab.topology import LINKS
from wanwitness.lab.worlds import WORLDS

SEED, SESSIONS = 1126, 2_000
pytestmark = pytest.mark.needs(
    "ip", "nft", "conntrack", "tcpdump", "dumpcap", "unbound", "dnsmasq", "udhcpc", "postfix", "dovecot", "postgrey"
)


@pytest.mark.slow
@pytest.mark.usefixtures("alone")
def test_a_random_mixture_is_told_as_an_analysis_tells_it(tmp_path: Path) -> None:
    """Row by row, whenever it was told; there is no session that did not happen, and no flag that is not true."""
    up()
    site = tmp_path / "site.toml"
    site.write_text(WORLDS["office"].site(len(LINKS)).partition("[[capture]]")[0])
    sides = [word for link in LINKS for word in ("--wan", f"{link.name}={link.interface}")]
    before = ["ip", "netns", "exec", full_name(router.NAME)]
    live = Live(before, tmp_path / "out", ["--lan", "lan0", *sides, "--site", str(site)])
    try:
        live.begun()
        (played,) = play(chosen(()), tmp_path / "lab", seed=SEED, sessions=SESSIONS)
        live.settle()  # of those that nobody answers something is told at the end alone
        assert live.end() == 0
    finally:
        live.clear_away()
    document = analyze(live.out, rows_only=True).document
    same(live, document)
    each_once(live)
    flags_hold(live)
    never_told_without_being(live, document)
    assert not live.coverage("gap")
    for happened, found, _ in compare(played.truth, document["sessions"]):
        assert happened is not None and found is not None, "each session happened, and each was found"
        assert happened["flagged"] or not found["flagged"]
