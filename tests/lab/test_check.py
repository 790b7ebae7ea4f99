"""The comparison of an analysis with the truth."""

from __future__ import annotations

from typing import Any

from wanwitness.lab.check import compare, verdict_of

TRUTH: dict[str, Any] = {
    "scenario": "consistent",
    "client_ip": "192.168.1.10",
    "client_port": 4,
    "start": 1795528728.5,
    "transport_link": "isp1",
    "resolver_link": "isp1",
    "flagged": False,
    "verdict": "consistent",
    "outcome": "accepted",
    "likely_cause": False,
    "findings": ["redirected"],
}
SESSION: dict[str, Any] = {
    "client": {"ip": "192.168.1.10", "port": 4},
    "start": "2026-11-24T13:58:48.500000123Z",
    "frames": [[0, 1]],
    **{name: TRUTH[name] for name in ("transport_link", "resolver_link", "flagged", "verdict", "outcome")},
    "likely_cause": False,
    "undetermined_because": None,
    "rejection": None,
    "findings": [{"kind": "redirected"}],
}


def test_what_agrees_has_no_differences() -> None:
    """A session that says what happened is no difference; what only its captures show is no matter of truth."""
    gap = {**SESSION, "findings": [*SESSION["findings"], {"kind": "capture-gap"}]}
    assert compare([TRUTH], [gap]) == [(TRUTH, gap, [])]


def test_every_field_counts() -> None:
    """A wrong link, a wrong cause, a missing finding and a missing frame are each told."""
    wrong = {**SESSION, "resolver_link": "isp2", "rejection": {"cause": "other"}, "findings": [], "frames": []}
    ((_, _, told),) = compare([TRUTH], [wrong])
    assert [line.split(":")[0] for line in told] == ["resolver_link", "cause", "findings", "a verdict without frames"]


def test_missing_and_unasked_sessions_are_differences() -> None:
    """Each row of truth wants a session of its own, and a session that did not happen is told."""
    assert [told for *_, told in compare([TRUTH], [])] == [["not found in the captures"]]
    assert [told for *_, told in compare([TRUTH], [SESSION, SESSION])] == [[], ["a session that did not happen"]]


def test_an_undetermined_verdict_is_told_by_its_reason() -> None:
    """As scenarios state what they expect."""
    assert verdict_of({**TRUTH, "undetermined_because": "no-dns-seen", "verdict": "undetermined"}) == (
        "no-dns-seen accepted"
    )
