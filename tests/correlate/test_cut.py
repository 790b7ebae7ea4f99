"""DNS answers that the snap length cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.verdict.explanation import explain

from .simulator import Simulator

PC, PC2 = "192.168.1.20", "192.168.1.21"


@pytest.mark.parametrize(("host", "because"), [(PC, "resolver-link-unknown"), (PC2, "no-dns-seen")])
def test_a_host_whose_answer_was_cut_off_has_seen_dns(tmp_path: Path, host: str, because: str) -> None:
    """What it held is not known, and that is said with its frame; to another host nothing was answered."""
    site = Simulator()
    site.snaplen = 70
    site.ask(0, PC, "orange")
    port = site.connect(1, host, "sfr")
    site.ask(2, PC, "orange")
    result = site.analyse(tmp_path)
    assert result.links(host, port) == ("sfr", None, because)
    session, resolved = result.rows[host, port]
    session.undetermined_because = resolved.because
    told = explain(session, result.readings.captures)
    assert ("cut off by the capture's snap length" in told) is (host == PC)
    if host == PC:
        assert [frame.number for frame in session.cut_answers] == [2]
        assert "lan.pcap frame 2)" in told and resolved.frames == session.cut_answers


def test_a_whole_answer_counts_beside_one_that_was_cut_off(tmp_path: Path) -> None:
    site = Simulator()
    site.snaplen = 42 + 12 + 22 + 16
    site.ask(0, PC, "orange")
    site.ask(0.5, PC, "sfr", name="a-much-longer-name-than-the-other-one.isp.example")
    port = site.connect(1, PC, "sfr")
    result = site.analyse(tmp_path)
    assert result.links(PC, port) == ("sfr", "orange", None)
    assert result.rows[PC, port][0].cut_answers == ()
