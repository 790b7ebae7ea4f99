"""The board as Prometheus' metrics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from .board import Board

if TYPE_CHECKING:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily


def exposition(board: Board) -> bytes:
    """Return what a scrape gets (text format 0.0.4)."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Collector(board))
    return generate_latest(registry)


class _Collector:
    def __init__(self, board: Board) -> None:
        self._board = board

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        sessions = CounterMetricFamily(
            "wanwitness_sessions",
            "Mail sessions whose verdict is final, since this page began to read.",
            labels=["verdict", "outcome", "flagged"],
        )
        for (verdict, outcome, flagged), count in sorted(self._board.ended.items()):
            sessions.add_metric([verdict, outcome, str(flagged).lower()], count)
        yield sessions
        state = self._board.state
        if state is None:
            return
        for name, key, what in (
            ("lag_seconds", "lag_s", "How far judging is behind the wall clock."),
            ("tick_seconds", "tick_s", "What the last round of judging took."),
            ("watched_sessions", "sessions", "Sessions in hand."),
            ("memory_bytes", "memory_bytes", "Resident memory of the engine."),
            ("disk_bytes", "disk_bytes", "Captures on the disk."),
            ("disk_free_bytes", "disk_free_bytes", "Left on the disk."),
        ):
            if isinstance(value := state.get(key), int | float):
                yield GaugeMetricFamily(f"wanwitness_{name}", what, value=value)
        if isinstance(mark := state.get("watermark"), str):
            at = datetime.fromisoformat(mark).timestamp()
            yield GaugeMetricFamily("wanwitness_watermark_timestamp_seconds", "Read up to here.", value=at)
        yield from self._captures()

    def _captures(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        assert self._board.state is not None
        labels = ["interface", "role", "link"]
        up = GaugeMetricFamily("wanwitness_capture_up", "Whether it is captured, and its interface up.", labels=labels)
        quiet = GaugeMetricFamily("wanwitness_capture_quiet", "Silent for longer than it should be.", labels=labels)
        packets = CounterMetricFamily("wanwitness_capture_packets", "Packets kept.", labels=labels)
        dropped = CounterMetricFamily("wanwitness_capture_dropped", "Packets lost.", labels=labels)
        for row in self._board.state.get("captures", ()):
            values = [str(row.get(label) or "") for label in labels]
            up.add_metric(values, int(bool(row.get("alive")) and row.get("up") == "up"))
            quiet.add_metric(values, int(bool(row.get("quiet"))))
            packets.add_metric(values, row.get("packets") or 0)
            if row.get("dropped") is not None:
                dropped.add_metric(values, row["dropped"])
        yield from (up, quiet, packets, dropped)
