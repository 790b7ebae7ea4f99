"""Times and paths in case.json."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from clock_shift import Shift, shifted_folder, times
from places import OFFICE
from wanwitness import analyze

from .simulator import ACCEPTED, Simulator

PC = "192.168.1.20"
LAN = OFFICE / "lan0.pcap"


def test_a_captures_times_are_on_the_reference_clock(tmp_path: Path) -> None:
    """A capture whose clock is 17.304 s ahead begins when it would have by the LAN's clock."""
    site = Simulator(clock={"sfr": 17.304})
    site.ask(0, PC, "sfr")
    site.connect(1, PC, "sfr")
    files = site.write(tmp_path, ["orange"])
    case = analyze(lan=files["lan"], wan={"sfr": files["sfr"]}, rows_only=True).document
    lan, wan = case["captures"]
    assert abs(wan["clock"]["offset_s"] - 17.304) < 0.001
    assert lan["first"] == "2023-11-14T22:13:20.000000000Z"
    assert wan["first"].startswith("2023-11-14T22:13:20.000")
    assert [(row["from"], row["to"]) for row in case["coverage"]] == [(c["first"], c["last"]) for c in (lan, wan)]


def test_a_clock_that_drifts_and_is_set_back_is_told(tmp_path: Path) -> None:
    """The offset is that at its first frame; its last frame is where it was, and not at the latest time written."""
    shifted_folder(OFFICE, tmp_path / "case", {"wan1.pcap": Shift(2.0, 100.0, [(0.9, -30.0)], times(LAN)[0])})
    wan = analyze(tmp_path / "case", rows_only=True).document["captures"][1]
    plain = analyze(OFFICE, rows_only=True).document["captures"][1]
    clock = wan["clock"]
    assert abs(clock["offset_s"] - 2.0) < 0.001
    assert clock["drift_ppm"] is None or abs(clock["drift_ppm"] - 100.0) <= clock["drift_uncertainty_ppm"]
    (step,) = clock["steps"]
    assert abs(step["by_s"] + 30.0) <= step["uncertainty_s"] < 0.001
    for end in ("first", "last"):
        one, two = (datetime.fromisoformat(row[end]) for row in (wan, plain))
        assert abs((one - two).total_seconds()) < 0.001
    assert plain["first"] < step["at"] < plain["last"]


def test_an_events_time_is_utc_with_nine_decimals(tmp_path: Path) -> None:
    site = Simulator()
    site.connect(1, PC, "sfr")
    site.write(tmp_path)
    (tmp_path / "site.toml").write_text('[[event]]\nat = 2012-11-21T14:30:00+01:00\nwhat = "called the hotline"\n')
    events = analyze(tmp_path, rows_only=True).document["site"]["events"]
    assert events == [{"at": "2012-11-21T13:30:00.000000000Z", "kind": None, "what": "called the hotline"}]


def test_paths_lead_back_from_a_case_behind_a_symbolic_link(tmp_path: Path) -> None:
    """`..` leaves the folder that a link leads to, not the one that the link stands in."""
    site = Simulator()
    site.connect(1, PC, "sfr")
    (lan,) = site.write(tmp_path)["lan"]
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "reports").symlink_to(tmp_path / "elsewhere" / "deep")
    folder = tmp_path / "reports" / "case"
    analyze(lan=lan, out=folder, rows_only=True)
    (capture,) = json.loads((folder / "case.json").read_text())["captures"]
    assert (folder / capture["path"]).samefile(lan)


def test_every_refusal_is_in_the_case_and_what_a_server_did_not_say_is_null(tmp_path: Path) -> None:
    site = Simulator()
    script = (
        *ACCEPTED[:3],
        ("RCPT TO:<nobody@far.example>", "550 5.1.1 User unknown"),
        ("RSET", "250 ok"),
        ("MAIL FROM:<a@site.example>", "5.7.0 Authentication required"),
        ("QUIT", "221 bye"),
    )
    site.connect(1, PC, "sfr", script=script)
    (session,) = analyze(lan=site.write(tmp_path)["lan"], rows_only=True).document["sessions"]
    told = [(row["command"], row["code"], row["enhanced"], row["cause"]) for row in session["rejections"]]
    assert told == [
        ("RCPT", 550, "5.1.1", "recipient-refused"),
        ("MAIL", None, "5.7.0", "authentication-required"),
    ]
    assert session["rejection"] == session["rejections"][1]
    assert "answered MAIL with “5.7.0 Authentication required”" in session["explanation"]
    assert [row["reply"]["code"] for row in session["commands"]] == [220, 250, 250, 550, 250, None, 221]


def test_a_reply_that_the_snap_length_cut_says_so(tmp_path: Path) -> None:
    site = Simulator()
    site.snaplen = 14 + 20 + 20 + 24
    site.connect(1, PC, "sfr", script=(*ACCEPTED[:3], ("RCPT TO:<b@far.example>", "554 5.7.1 <b@far.example>: no")))
    (session,) = analyze(lan=site.write(tmp_path)["lan"], rows_only=True).document["sessions"]
    assert session["outcome"] == "rejected"
    reply = session["commands"][-1]["reply"]
    assert (reply["code"], reply["enhanced"], reply["cut"]) == (554, "5.7.1", True)
    assert reply["text"].endswith("…")
