"""The perturbations, each in steps, and what must hold in each."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatch

from .changes import Change, between, cut, duplicated, lossy, reordered
from .clock import RIGHT, Clock
from .rewriting import clamped, modulated, other_ports, scrubbed, without_timestamps

DAY = 86_400.0
FACTORS = {"wan1": 1.0, "wan2": -0.7, "wan3": 0.4}
"""No two links' clocks are wrong alike; the LAN's is the reference."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One perturbation of a case."""

    name: str
    changes: tuple[tuple[str, Change], ...] = ()
    """Which captures (a pattern of names without suffix) and what happens to them, one after the other."""
    clock: Clock = RIGHT
    """The first link's clock; the others' are wrong by FACTORS of it."""
    absent: tuple[str, ...] = ()
    """Captures that there are none of."""
    lossy: bool = False
    """Whether packets are missing anywhere: then a few false flags are borne."""
    most_missed: float | None = 0.0
    """Share of the true flags that may be missed; None where the evidence is gone and nobody could tell."""
    because: frozenset[str] = field(default=frozenset())
    """Where the evidence is gone: what may be said of a session that is not judged for that."""

    def clock_of(self, capture: str) -> Clock:
        """Return what is wrong with a capture's clock."""
        return self.clock.times(FACTORS.get(capture, 0.0))

    def changes_of(self, capture: str) -> list[Change]:
        """Return what happens to a capture."""
        return [change for pattern, change in self.changes if fnmatch(capture, pattern)]


def _everywhere(change: Change) -> tuple[tuple[str, Change], ...]:
    return (("*", change),)


def _outside(*changes: Change) -> tuple[tuple[str, Change], ...]:
    return tuple(("wan*", change) for change in changes)


_NO_WAN = frozenset(("transport-link-unknown",))
_NO_LAN = frozenset(("no-dns-seen", "resolver-link-unknown", "clock-uncertain"))
_PART = _NO_WAN | _NO_LAN | {"ambiguous-answer"}
_LOSSES = {0.001: 0.02, 0.005: 0.02, 0.01: 0.02, 0.02: 0.02, 0.05: None}
"""Share of the frames lost on every side to the share of the true flags that may be missed."""

CELLS: tuple[Cell, ...] = (
    Cell("as captured"),
    *(Cell(f"skew {s:+g} s", clock=Clock(skew_s=s)) for s in (0.002, -0.05, 1.0, -17.304, 3600.0, DAY, -DAY)),
    *(Cell(f"drift {ppm:+g} ppm", clock=Clock(drift_ppm=ppm)) for ppm in (1.0, -20.0, 100.0, 200.0, -200.0)),
    *(Cell(f"step {s:+g} s", clock=Clock(step_s=s)) for s in (0.01, -0.5, 5.0, -3600.0)),
    *(Cell(f"duplicates {p:.0%}", _everywhere(duplicated(p))) for p in (0.01, 0.1, 0.3)),
    *(Cell(f"reordering {p:.0%}", _everywhere(reordered(p))) for p in (0.01, 0.05)),
    *(Cell(f"loss {p:.1%}", _everywhere(lossy(p)), lossy=True, most_missed=most) for p, most in _LOSSES.items()),
    *(Cell(f"loss 2% on {side}", ((side, lossy(0.02)),), lossy=True, most_missed=0.02) for side in ("lan*", "wan*")),
    # A snap length of 68 cuts TCP's header behind IPv6's, and then nothing is left of the connection.
    Cell("snap length 68", _everywhere(cut(68)), most_missed=None, because=_PART | {"not found"}),
    Cell("snap length 96", _everywhere(cut(96)), most_missed=None, because=_PART),
    Cell("snap length 128", _everywhere(cut(128)), most_missed=None, because=_PART),
    Cell("sequence numbers rewritten", _outside(modulated())),
    Cell("ports rewritten", _outside(other_ports())),
    Cell("timestamps cleared", _outside(without_timestamps())),
    Cell("MSS clamped", _outside(clamped(1452))),
    Cell("sequence numbers and ports rewritten", _outside(modulated(), other_ports())),
    Cell("sequence numbers rewritten, timestamps cleared", _outside(modulated(), without_timestamps())),
    Cell("all rewritten", _outside(modulated(), other_ports(), without_timestamps(), clamped(1452))),
    # What said nothing but its SYN cannot be known then.
    Cell(
        "all rewritten, Identification too",
        _outside(modulated(), other_ports(), without_timestamps(), clamped(1452), scrubbed()),
        most_missed=None,
        because=_NO_WAN,
    ),
    Cell("LAN only", absent=("wan*",), most_missed=None, because=_NO_WAN),
    Cell("WAN only", absent=("lan*",), most_missed=None, because=_NO_LAN),
    Cell("without wan1", absent=("wan1",), most_missed=None, because=_PART),
    Cell("without wan2", absent=("wan2",), most_missed=None, because=_PART),
    Cell(
        "captures overlap in part",
        (("lan*", between(0.0, 0.7)), ("wan1", between(0.3, 1.0)), ("wan2", between(0.15, 0.85))),
        most_missed=None,
        because=_PART | {"not found"},
    ),
    Cell("skew -1 h, loss 1%", _everywhere(lossy(0.01)), Clock(skew_s=-3600), lossy=True, most_missed=0.02),
    Cell("drift 200 ppm, duplicates 30%", _everywhere(duplicated(0.3)), Clock(drift_ppm=200)),
    Cell("drift 100 ppm, loss 2%", _everywhere(lossy(0.02)), Clock(drift_ppm=100), lossy=True, most_missed=0.02),
    Cell("skew 1 day, drift 50 ppm, step 2 s", clock=Clock(DAY, 50, 2)),
    Cell("skew 5 s, sequence numbers rewritten", _outside(modulated()), Clock(skew_s=5)),
    Cell("duplicates 30%, reordering 5%", _everywhere(duplicated(0.3)) + _everywhere(reordered(0.05))),
    Cell(
        "duplicates 10%, loss 1%",
        _everywhere(duplicated(0.1)) + _everywhere(lossy(0.01)),
        lossy=True,
        most_missed=0.02,
    ),
    Cell("skew 1 day, WAN only", clock=Clock(skew_s=DAY), absent=("lan*",), most_missed=None, because=_NO_LAN),
)
