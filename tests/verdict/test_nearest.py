"""What an undetermined session says of what came nearest, and of what would decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from correlate.simulator import RELAY, RELAY2, Simulator
from places import OFFICE
from wanwitness import analyze

PC = "192.168.1.20"


def sessions(site: Simulator, folder: Path, leave_out: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """With the sides given as on the command line."""
    files = site.write(folder, leave_out)
    wan = {link: [str(path) for path in paths] for link, paths in files.items() if link != "lan"}
    case = analyze(lan=[str(path) for path in files.get("lan", ())], wan=wan, rows_only=True)
    rows: list[dict[str, Any]] = case.document["sessions"]
    wanted = {s["nearest"]["decide"] for s in rows if s["nearest"]}
    told = [row["text"] for row in case.document["answer"]["to_capture"] if row["id"] == "decide"]
    assert len(told) == len(wanted)
    assert all(any(one[1:] in text for text in told) for one in wanted)
    return rows


def test_the_look_up_just_before_the_lans_capture_is_named(tmp_path: Path) -> None:
    """With its frames, how long before, and the capture that would have decided."""
    site = Simulator()
    site.upstream(0, "sfr")
    site.question("lan", 0.05, 0.06, PC, "192.168.1.1", "other.example", ["192.0.2.1"])
    site.connect(0.1, PC, "orange", RELAY2, to=RELAY)
    (session,) = sessions(site, tmp_path)
    assert session["undetermined_because"] == "resolver-link-unknown"
    near = session["nearest"]
    assert near["what"] == (
        "the look-up of smtp.isp.example over sfr, answered 0.090 s before the connection and 0.040 s before the LAN "
        "capture's first frame"
    )
    assert "a capture of the LAN side that begins more than 0.040 s earlier" in near["decide"]
    assert near["frames"] == [[2, 1], [2, 2]]
    assert "capture's first frame (sfr.pcap frames 1, 2). What would decide" in session["explanation"]
    assert "What would decide: a capture of the LAN side that begins" in session["explanation"]
    assert [2, 2] in session["frames"]


@pytest.mark.parametrize(
    ("leave_out", "words"),
    [
        (("orange", "sfr"), "a capture of the WAN side of every link"),
        (("lan",), "a capture of the LAN side"),
        (("orange",), "a capture of every link, also of others"),
    ],
)
def test_the_missing_side_is_named(tmp_path: Path, leave_out: tuple[str, ...], words: str) -> None:
    site = Simulator()
    site.ask(0, PC, "orange")
    site.ask(0.01, PC, "sfr", "192.0.2.9", name="other.example")
    site.connect(0.2, PC, "orange")
    (session,) = sessions(site, tmp_path, leave_out)
    assert session["verdict"] == "undetermined"
    assert words in session["nearest"]["decide"]
    assert words in session["explanation"]


def test_dns_that_was_filtered_out_is_asked_for(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(0.2, PC, "orange")
    (session,) = sessions(site, tmp_path, ("sfr",))
    assert session["undetermined_because"] == "no-dns-seen"
    assert "captures with DNS in them" in session["nearest"]["decide"]


def test_every_undetermined_session_of_the_office_names_what_would_decide() -> None:
    for session in analyze(OFFICE, rows_only=True).document["sessions"]:
        assert (session["verdict"] == "undetermined") == ("What would decide: " in session["explanation"])
