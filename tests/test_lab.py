"""The lab's captures, whose truth came from the servers' logs and the router's connection tracking."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from places import OFFICE, PROJECT, SHARED
from wanwitness import Case, analyze

FIELDS = ("flagged", "verdict", "undetermined_because", "resolver_link", "transport_link", "outcome", "likely_cause")
SCORED = {"redirected", "foreign-resolver", "relay-owner-mismatch"}
CASES = ("lab-scenarios", "lab-random", "lab-vlan", "lab-shared-address")


def differences(case: Case, truth_file: Path) -> list[tuple[Any, ...]]:
    """Every (session, fact, truth, found) in which a case is not as the truth."""
    found = {(s["client"]["ip"], s["client"]["port"]): s for s in case.document["sessions"]}
    truth = json.loads(truth_file.read_text())
    wrong: list[tuple[Any, ...]] = []
    for row in truth:
        session = found.pop((row["client_ip"], row["client_port"]), None)
        if session is None:
            wrong.append((row["scenario"], "missing"))
            continue
        rejection = session["rejection"] or {}
        told = {key: session[key] for key in FIELDS} | {"cause": rejection.get("cause")}
        told["findings"] = sorted({finding["kind"] for finding in session["findings"]} & SCORED)
        expected = {**row, "findings": sorted(row["findings"])}
        wrong += [(row["scenario"], k, expected[k], v) for k, v in told.items() if k in expected and expected[k] != v]
        if not session["frames"]:
            wrong.append((row["scenario"], "no frames"))
    return wrong + [(key, "is no session of the truth") for key in found]


def facts(case: Case) -> list[dict[str, Any]]:
    """The sessions without the frame numbers, which depend on how the captures were cut."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            left_out = {"frames", "frame", "wan_frame", "query_frame", "answer_frame"}
            left_out |= {"tshark_filter", "capture", "explanation"}
            return {key: bare(item) for key, item in value.items() if key not in left_out}
        return [bare(item) for item in value] if isinstance(value, list) else value

    return [bare(session) for session in case.document["sessions"]]


def steady(case: Case) -> dict[str, Any]:
    """The document without what differs from run to run."""
    return {key: value for key, value in case.document.items() if key not in ("analysed_at", "tool")}


def test_the_office_is_as_its_truth() -> None:
    """Every session of the lab's office has the links, verdict, outcome, cause and findings that it had."""
    assert differences(analyze(OFFICE, rows_only=True), OFFICE / "truth.json") == []


@pytest.mark.shared
@pytest.mark.parametrize("name", CASES)
def test_the_lab_cases_are_as_their_truth(name: str, tmp_path: Path) -> None:
    """Every lab case beside the checkout is as its truth, by our own comparison and by the one that lies with it."""
    case = analyze(SHARED / name, out=tmp_path / "case", rows_only=True)
    assert differences(case, SHARED / name / "truth.json") == []
    score = [SHARED / "score.py", tmp_path / "case" / "case.json", SHARED / name / "truth.json"]
    scored = subprocess.run([sys.executable, *map(str, score)], capture_output=True, text=True, check=False)
    assert scored.returncode == 0, scored.stdout


@pytest.mark.parametrize("window", [1, 7, 1000])
def test_the_window_does_not_matter(window: int) -> None:
    """Captures read in windows of any size give the same case, frame for frame."""
    assert steady(analyze(OFFICE, rows_only=True, window_frames=window)) == steady(analyze(OFFICE, rows_only=True))


def _cut(capture: Path, folder: Path, pieces: int) -> list[Path]:
    """Cut a pcap file of micro- or nanoseconds into consecutive files."""
    data = capture.read_bytes()
    order = "<" if data[0] in (0xD4, 0x4D) else ">"
    at, starts = 24, []
    while at < len(data):
        starts.append(at)
        at += 16 + int(np.frombuffer(data, f"{order}u4", 1, at + 8)[0])
    files = []
    for number, part in enumerate(np.array_split(np.array([*starts, len(data)]), pieces)):
        end = len(data) if number == pieces - 1 else starts[int(np.searchsorted(starts, part[-1])) + 1]
        file = folder / f"{capture.stem}_{number:05d}_20261124140000.pcap"
        file.write_bytes(data[:24] + data[int(part[0]) : end])
        files.append(file)
    return files


@pytest.mark.parametrize("pieces", [2, 9])
@pytest.mark.parametrize("named", ["site", "options", "nothing"])
def test_a_capture_in_several_files_is_one(pieces: int, named: str, tmp_path: Path) -> None:
    """Frames split over several files give the same sessions, in whatever order the files are named."""
    parts = {name: _cut(OFFICE / f"{name}.pcap", tmp_path, pieces)[::-1] for name in ("lan0", "wan1", "wan2")}
    whole = analyze(OFFICE, rows_only=True)
    if named == "site":
        text = (OFFICE / "site.toml").read_text()
        for name in parts:
            text = text.replace(f"{name}.pcap", f"{name}_*.pcap")
        (tmp_path / "site.toml").write_text(text)
        case = analyze(tmp_path, rows_only=True)
    elif named == "options":
        wan = {"isp1": parts["wan1"], "isp2": parts["wan2"]}
        case = analyze(lan=parts["lan0"], wan=wan, site=OFFICE / "site.toml", rows_only=True)
    else:
        whole = analyze([OFFICE / "lan0.pcap", OFFICE / "wan1.pcap", OFFICE / "wan2.pcap"], rows_only=True)
        case = analyze([file for files in parts.values() for file in files], rows_only=True)
    assert facts(case) == facts(whole)


@pytest.mark.shared
@pytest.mark.parametrize("by", ["options", "site"])
def test_interfaces_of_one_file_are_capture_points(by: str, tmp_path: Path) -> None:
    """Three interfaces in one pcapng file give the same sessions as the three pcap files."""
    capture = SHARED / "lab-scenarios" / "all.pcapng"
    site = SHARED / "lab-scenarios" / "site.toml"
    if by == "options":
        wan = {"isp1": f"{capture}:wan1", "isp2": f"{capture}:wan2"}
        case = analyze(lan=f"{capture}:lan0", wan=wan, site=site, rows_only=True)
    else:
        text = site.read_text()
        for name in ("lan0", "wan1", "wan2"):
            text = text.replace(f'file = "{name}.pcap"', f'file = "{capture}"\ninterface = "{name}"')
        (tmp_path / "site.toml").write_text(text)
        case = analyze(site=tmp_path / "site.toml", rows_only=True)
    assert differences(case, SHARED / "lab-scenarios" / "truth.json") == []


def test_roles_can_be_given_or_inferred() -> None:
    """Without a site file the same sessions are flagged, whether the roles are given or inferred."""
    files = {name: OFFICE / f"{name}.pcap" for name in ("lan0", "wan1", "wan2")}
    given = analyze(lan=files["lan0"], wan={"isp1": files["wan1"], "isp2": files["wan2"]}, rows_only=True)
    inferred = analyze(list(files.values()), rows_only=True)
    whole = analyze(OFFICE, rows_only=True)
    flags = [(s["id"], s["verdict"], s["outcome"], s["likely_cause"]) for s in whole.document["sessions"]]
    for case in (given, inferred):
        assert [(s["id"], s["verdict"], s["outcome"], s["likely_cause"]) for s in case.document["sessions"]] == flags
    assert {c["role_source"] for c in inferred.document["captures"]} == {"inferred"}
    assert [c["link"] for c in inferred.document["captures"]] == [None, "wan1", "wan2"]


@pytest.mark.needs("tshark")
def test_tshark_finds_each_stream_by_its_filter() -> None:
    """A stream's display filter names exactly the frames that tshark gives the connection, and its Community ID."""
    case = analyze(OFFICE, rows_only=True).document
    files = {0: "lan0.pcap", 1: "wan1.pcap", 2: "wan2.pcap"}
    fields = ["-T", "fields", "-e", "frame.number", "-e", "tcp.stream", "-e", "communityid"]
    streams: dict[int, dict[str, tuple[set[int], str]]] = {}
    for capture, file in files.items():
        command = [
            "tshark",
            "-r",
            str(OFFICE / file),
            "--enable-protocol",
            "communityid",
            "-Y",
            "tcp && !icmp",
            *fields,
        ]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        streams[capture] = {}
        for number, stream, community in (line.split("\t") for line in told.splitlines()):
            streams[capture].setdefault(stream, (set(), community))[0].add(int(number))
    for session in case["sessions"]:
        for side in ("lan_stream", "wan_stream"):
            if (ref := session[side]) is not None:
                command = ["tshark", "-r", str(OFFICE / files[ref["capture"]]), "-Y", ref["tshark_filter"], *fields[:4]]
                told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                frames = {int(line) for line in told.splitlines()}
                assert (frames, ref["community_id"]) in streams[ref["capture"]].values()


def test_the_incident_is_as_its_truth() -> None:
    """The incident's refused sessions, and no others, were resolved over another link than they left by."""
    case = analyze(PROJECT / "captures" / "incident", rows_only=True)
    assert differences(case, PROJECT / "captures" / "incident" / "truth.json") == []
    flagged = [s["flagged"] for s in case.document["sessions"]]
    assert flagged == [s["outcome"] == "rejected" for s in case.document["sessions"]]
    assert sum(flagged) == 16
