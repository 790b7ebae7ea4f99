"""`wanwitness analyze`: what it prints and writes."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

from places import OFFICE, PROJECT

COMMAND = Path(sys.executable).parent / "wanwitness"


def run(*arguments: str | Path, folder: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the installed command in a folder."""
    return subprocess.run([COMMAND, *arguments], cwd=folder, input=stdin, capture_output=True, check=False)


def test_a_case_is_written(tmp_path: Path) -> None:
    """The case has its document, table, page, figures and captures, and the summary says how many, and where."""
    done = run("analyze", OFFICE, "--out", "case", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    written = {str(path.relative_to(tmp_path / "case")) for path in (tmp_path / "case").rglob("*") if path.is_file()}
    names = ("site-map", "timeline", "links", "explanations", "clocks")
    ladders = {file for file in written if file.startswith("figures/ladder-")}
    assert len(ladders) == 6
    figures = {f"figures/{name}.png" for name in names} | ladders
    tables = {"sessions.csv", "sessions.parquet", "dns.parquet"}
    evidence = {file for file in written if file.startswith("evidence/")}
    assert len(evidence) == 20
    letters = {file for file in written if file.startswith("letter-")}
    assert len(letters) == 4
    assert written == {"case.json", "report.html", "SHA256SUMS"} | tables | figures | letters | evidence
    text = done.stdout.decode()
    assert "20 SMTP sessions" in text
    assert "In 7 sessions, 6 of them refused, the links differ" in text
    assert text.rstrip().endswith("case/evidence")
    assert "Report: case/report.html\n" in text
    with (tmp_path / "case" / "sessions.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 20


def test_json_alone_is_printed(tmp_path: Path) -> None:
    """`--json` prints the case's document and nothing else; without `--out` it writes nothing."""
    done = run("analyze", OFFICE, "--json", "--rows-only", folder=tmp_path)
    assert json.loads(done.stdout)["totals"]["flagged"] == 7
    assert list(tmp_path.iterdir()) == []


def test_standard_input_is_a_capture(tmp_path: Path) -> None:
    """`-` reads a capture from a pipe."""
    capture = (OFFICE / "lan0.pcap").read_bytes()
    done = run("analyze", "-", "--json", "--rows-only", folder=tmp_path, stdin=capture)
    assert json.loads(done.stdout)["totals"]["sessions"] == 20


def test_the_case_goes_to_reports_by_default(tmp_path: Path) -> None:
    """Without `--out` the case goes to reports/, under the input's name, and its paths lead back to the captures."""
    assert run("analyze", OFFICE, "--rows-only", folder=tmp_path).returncode == 0
    folder = tmp_path / "reports" / "lab-office"
    case = json.loads((folder / "case.json").read_text())
    assert [(folder / capture["path"]).resolve() for capture in case["captures"]] == [
        (OFFICE / name).resolve() for name in ("lan0.pcap", "wan1.pcap", "wan2.pcap")
    ]


def test_another_input_of_that_name_has_a_place_of_its_own(tmp_path: Path) -> None:
    """Two folders of one name do not overwrite each other's case; the same one again does, and that is said."""
    for site in ("paris", "lyon"):
        (tmp_path / site / "captures").mkdir(parents=True)
        (tmp_path / site / "captures" / "lan.pcap").write_bytes((OFFICE / "lan0.pcap").read_bytes())
    for site, place, said in (
        ("paris", "lan", b""),
        ("lyon", "lan-2", b"holds another case, so this one is in"),
        ("paris", "lan", b""),
        ("lyon", "lan-2", b"this one is in"),
    ):
        done = run("analyze", f"{site}/captures", "--rows-only", folder=tmp_path)
        assert done.returncode == 0
        assert said in done.stderr and bool(said) == bool(done.stderr)
        case = json.loads((tmp_path / "reports" / place / "case.json").read_text())
        assert site in case["captures"][0]["path"]
    assert len(list((tmp_path / "reports").iterdir())) == 2


def test_no_stale_report_stays_beside_a_new_case(tmp_path: Path) -> None:
    """`--rows-only` into an earlier case takes its page, figures and evidence away, and nothing else."""
    assert run("analyze", OFFICE, "--out", "case", folder=tmp_path).returncode == 0
    (tmp_path / "case" / "notes.txt").write_text("mine")
    (tmp_path / "case" / "evidence" / "mine.pcapng").write_text("mine")
    assert run("analyze", OFFICE / "lan0.pcap", "--out", "case", "--rows-only", folder=tmp_path).returncode == 0
    written = {str(path.relative_to(tmp_path / "case")) for path in (tmp_path / "case").rglob("*") if path.is_file()}
    tables = {"sessions.csv", "sessions.parquet", "dns.parquet"}
    assert written == {"case.json", "SHA256SUMS", "notes.txt", "evidence/mine.pcapng"} | tables
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "report.html").write_text("mine")
    assert run("analyze", OFFICE, "--out", "mine", "--rows-only", "--force", folder=tmp_path).returncode == 0
    assert (tmp_path / "mine" / "report.html").read_text() == "mine"


def test_contradictions_are_said_first(tmp_path: Path) -> None:
    """On the terminal before anything else, on standard error where nobody sees both; the exit status is 3."""
    sides: list[str | Path] = ["--lan", OFFICE / "wan1.pcap", "--wan", f"isp1={OFFICE / 'lan0.pcap'}", "--rows-only"]
    done = run("analyze", *sides, folder=tmp_path)
    assert done.returncode == 3
    assert done.stdout.decode().startswith("Contradiction: wan1.pcap is given as the LAN side and lan0.pcap as the WAN")
    assert b"none flagged" not in done.stdout
    assert done.stderr.startswith(b"wanwitness: wan1.pcap is given as the LAN side")
    done = run("analyze", *sides, "--json", folder=tmp_path)
    assert b"wan1.pcap is given as the LAN side" in done.stderr
    assert json.loads(done.stdout)["answer"]["contradictions"][0]["id"] == "sides-exchanged"


def test_every_option_is_in_the_readme(tmp_path: Path) -> None:
    """The README names each option that `analyze --help` shows."""
    shown = run("analyze", "--help", folder=tmp_path).stdout.decode().split()
    options = {word.strip(",") for word in shown if word.startswith("--")} - {"--help"}
    readme = (PROJECT / "README.md").read_text()
    assert {option for option in options if f"`{option}" not in readme} == set()


def test_help_loads_no_tables(tmp_path: Path) -> None:
    """`--help` and importing the package load neither numpy, pandas, matplotlib, scapy nor pyshark."""
    script = (
        "import sys, wanwitness, wanwitness.cli\n"
        "heavy = {'numpy', 'pandas', 'matplotlib', 'scapy', 'pyshark', 'scipy', 'dns'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_analyze_loads_no_figures_for_rows(tmp_path: Path) -> None:
    """`--rows-only` loads neither pandas, matplotlib nor jinja2."""
    script = (
        "import sys, wanwitness\n"
        f"wanwitness.analyze({str(OFFICE)!r}, rows_only=True, out='case')\n"
        "heavy = {'pandas', 'matplotlib', 'jinja2', 'scapy', 'pyshark'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
