"""A redacted case: nothing of the site is in it, and all of the evidence is."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest

from redaction.office import PACKED, SECRETS, STAYS, record
from wanwitness import UsageError, analyze
from wanwitness.case import Case
from wanwitness.redraw import redacted
from wanwitness.report import Forms
from wanwitness.verify import verify

WAYS = ("analyze", "report")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office's captures, its case, a redacted copy of that, and its redacted case."""
    place = tmp_path_factory.mktemp("office")
    (place / "recorded").mkdir()
    record(place / "recorded")
    (place / "recorded" / "broken.pcap").write_bytes(b"no capture")
    (place / "recorded" / "again.pcap").write_bytes((place / "recorded" / "lan.pcap").read_bytes())
    analyze(place / "recorded", out=place / "case", dns=True)
    redacted(place / "case", place / "report", forms=Forms(archives=True))
    analyze(place / "recorded", out=place / "analyze", redact=True, dns=True)
    return place


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a case, its escapes undone, and what its tables and tshark show of it; its name too."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield "names of files", name.encode()
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield name, data
        if path.suffix == ".html":
            yield f"{name}, unescaped", html.unescape(data.decode()).encode()
        if path.suffix == ".json":
            yield f"{name}, decoded", repr(json.loads(data)).encode()
        if path.suffix == ".zip":
            with ZipFile(path) as archive:
                for member in archive.namelist():
                    yield f"{name}/{member}", member.encode() + archive.read(member)
        if path.suffix == ".parquet":
            yield f"{name}, decoded", repr(pq.read_table(path).to_pylist()).encode()


def standing(folder: Path, secrets: list[bytes]) -> set[tuple[str, bytes]]:
    return {(name, secret) for name, data in contents(folder) for secret in secrets if secret.lower() in data.lower()}


def test_what_is_planted_is_there_to_be_masked(place: Path) -> None:
    """Every secret stands in the unredacted case, in most of its files."""
    found = standing(place / "case", SECRETS)
    macs = {secret for secret in SECRETS if secret.startswith(b"02:00")}
    assert {secret for _, secret in found} == set(SECRETS) - macs
    assert {"case.json", "sessions.csv", "report.html", "sessions.parquet, decoded"} <= {name for name, _ in found}
    carved = b"".join(path.read_bytes() for path in (place / "case" / "evidence").iterdir())
    assert all(packed in carved for packed in PACKED)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_the_site_is_in_any_output(place: Path, way: str) -> None:
    assert standing(place / way, SECRETS) == set()
    carved = b"".join(path.read_bytes() for path in (place / way / "evidence").iterdir())
    assert [packed for packed in PACKED if packed in carved] == []


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("way", WAYS)
def test_tshark_finds_none_of_it_either(place: Path, way: str) -> None:
    """In anything that it decodes, of any frame; and no checksum is wrong."""
    files = sorted((place / way / "evidence").iterdir())
    assert len(files) == 5
    for file in files:
        checks = [word for kind in ("ip", "tcp", "udp") for word in ("-o", f"{kind}.check_checksum:TRUE")]
        command = ["tshark", "-r", str(file), "-V", "-x", *checks]
        told = subprocess.run(command, capture_output=True, check=True).stdout
        assert [secret for secret in SECRETS if secret.lower() in told.lower()] == []
        assert (
            b"Redacted: names and addresses"
            in subprocess.run(["capinfos", "-k", str(file)], capture_output=True, check=True).stdout
        )
        assert b"[correct]" in told
        assert b"incorrect" not in told
        assert b"Malformed" not in told


@pytest.mark.parametrize("way", WAYS)
def test_the_evidence_stays(place: Path, way: str) -> None:
    """Public addresses, relays, replies; and every figure, verdict and frame."""
    text = (place / way / "case.json").read_bytes().lower()
    assert [word for word in STAYS if word not in text] == []
    told, before = (Case.load(place / name).document for name in (way, "case"))
    keys = ("start", "verdict", "outcome", "flagged", "likely_causes", "transport_link", "resolver_link", "frames")
    assert [[row[key] for key in keys] for row in told["sessions"]] == [
        [row[key] for key in keys] for row in before["sessions"]
    ]
    for key in ("totals", "coverage", "assumptions"):
        assert told[key] == before[key]
    assert told["redacted"] is True and "redacted" not in before
    said = b"names and addresses are replaced by others"
    assert said in (place / way / "report.html").read_bytes()
    assert said not in (place / "case" / "report.html").read_bytes()
    codes = [
        [exchange["reply"]["code"] for exchange in row["commands"] if exchange["reply"]] for row in told["sessions"]
    ]
    assert [code for code in (550, 530) if any(code in row for row in codes)] == [550, 530]


def test_no_folder_of_the_site_is_named(place: Path) -> None:
    """Where captures lie tells whose computer it is; what is said of them names the files alone."""
    folder = str(place).encode()
    assert any(folder in data for _, data in contents(place / "case"))
    for way in WAYS:
        assert {name for name, data in contents(place / way) if folder in data or b"recorded" in data} == set()
        told = Case.load(place / way).document
        assert "broken.pcap" in str(told["refused"])
        assert "again.pcap" in str(told["notes"])
        assert [row["path"] for row in told["captures"]] == ["lan.pcap", "orange.pcap", "sfr.pcap"]


def test_one_thing_has_one_mask(place: Path) -> None:
    """In every table and text: a name stands for the same name everywhere, and for no other."""
    told, before = (Case.load(place / name).document for name in ("report", "case"))
    for secret, places in {
        "jean.dupont": [(0, "mail"), (2, "mail"), (4, "mail")],
        "dupont-plomberie.example": [(0, "domain"), (1, "domain"), (2, "domain"), (4, "domain")],
    }.items():
        assert len({_sender(told["sessions"][n])[kind == "domain"] for n, kind in places}) == 1, secret
    assert _sender(told["sessions"][0])[0] != _sender(told["sessions"][1])[0]
    clients = {
        row["client"]["ip"]: new["client"]["ip"] for row, new in zip(before["sessions"], told["sessions"], strict=True)
    }
    assert len(set(clients.values())) == len(clients) == 3
    assert told["sessions"][1]["helo"] == f"[{told['sessions'][1]['client']['ip']}]"
    assert told["sessions"][4]["helo"] == f"[IPv6:{told['sessions'][4]['client']['ip']}]"
    (first, third) = (told["sessions"][n]["helo"].partition(".")[0] for n in (0, 2))
    assert first.lower() == third.lower()
    assert first in told["site"]["events"][0]["what"]


def _sender(session: dict[str, Any]) -> list[str]:
    return str(session["transactions"][0]["mail_from"]).lower().split("@")


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("way", WAYS)
def test_verify_says_redacted_and_that_all_agrees(place: Path, way: str) -> None:
    """The evidence captures show what the case says, by the same other names."""
    done = verify(place / way)
    assert done.disagreements == ()
    assert set(done.by_status) == {"redacted"}
    assert sum(done.by_status.values()) > 50
    assert {one.state for one in done.originals} == {"redacted"}


@pytest.mark.needs("tshark")
def test_verify_still_finds_what_is_not_so(place: Path, tmp_path: Path) -> None:
    """A reply that was changed, and an address."""
    case = Path(shutil.copytree(place / "report", tmp_path / "case"))
    text = (case / "case.json").read_text()
    document = json.loads(text)
    client = document["sessions"][0]["client"]["ip"]
    (case / "case.json").write_text(text.replace("550", "554").replace(client, "10.9.9.9"))
    wrong = verify(case).disagreements
    assert any("commands" in one.where for one in wrong)
    assert any("10.9.9.9" in one.told for one in wrong)


def test_the_case_itself_stays_as_it_is(place: Path) -> None:
    """A copy may not be written over it, nor over somebody's files; a redacted case is not redacted again."""
    before = {path: path.read_bytes() for path in (place / "case").rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="the case itself"):
        redacted(place / "case", place / "case")
    with pytest.raises(UsageError, match="holds no case"):
        redacted(place / "case", place / "recorded")
    with pytest.raises(UsageError, match="redacted already"):
        redacted(place / "report")
    assert {path: path.read_bytes() for path in (place / "case").rglob("*") if path.is_file()} == before


def test_no_list_of_what_stands_for_what_is_written(place: Path) -> None:
    """The copy has the case's files, and no others."""
    names = {path.relative_to(place / "report").as_posix() for path in (place / "report").rglob("*") if path.is_file()}
    case = {path.relative_to(place / "case").as_posix() for path in (place / "case").rglob("*") if path.is_file()}
    named = ("evidence/", "figures/ladder-")  # by sessions' ids
    assert {name for name in names - {"report.zip"} if not name.startswith(named)} == {
        name for name in case if not name.startswith(named)
    }


def test_what_else_hosts_asked_for_is_left_out(place: Path) -> None:
    """Of DNS the exchanges that the case cites are kept."""
    rows = pq.read_table(place / "analyze" / "dns.parquet").to_pylist()
    assert {row["name"] for row in rows} == {"smtp.isp.example"}
    assert len(rows) < pq.read_table(place / "case" / "dns.parquet").num_rows


def test_the_command_line_writes_the_copy_beside_the_case(place: Path, tmp_path: Path) -> None:
    case = Path(shutil.copytree(place / "case", tmp_path / "case"))
    command = [sys.executable, "-m", "wanwitness"]
    done = subprocess.run([*command, "report", str(case), "--redact"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Report: {tmp_path / 'case-redacted' / 'report.html'}\n"
    assert Case.load(tmp_path / "case-redacted").redacted
    done = subprocess.run([*command, "report", str(case), "--out", "x"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--redact" in done.stderr
    again = [*command, "analyze", str(place / "recorded"), "--redact", "--rows-only"]
    for _ in range(2):
        done = subprocess.run(again, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 3  # one of the files is no capture
        assert not [secret for secret in SECRETS if secret.decode().lower() in done.stdout.lower()]
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["recorded-redacted"]
