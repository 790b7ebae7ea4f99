"""Sites analysed by one process, by workers and on a cluster, and what goes wrong on the way."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adversary.frames import tcp
from correlate.wire import ACK, PSH, SYN
from wanwitness import Case
from wanwitness.fleet import find_sites, task
from wanwitness.fleet.fleet import tasks_of
from wanwitness.pipeline import run

from .cluster import Cluster, running
from .simulated import FAULTY, Simulated, write_capture, write_fleet, write_site

pytestmark = pytest.mark.filterwarnings("default")
SITES = 12


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Simulated]]:
    folder = tmp_path_factory.mktemp("fleet") / "sites"
    return folder, write_fleet(folder, SITES, mails=20)


@pytest.fixture(scope="module")
def alone(written: tuple[Path, list[Simulated]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fleet analysed by one process."""
    out = tmp_path_factory.mktemp("alone") / "out"
    assert fleet(written[0], out, "--workers", "1", "--rows-only").returncode == 0
    return out


def command(where: Path, out: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "wanwitness", "fleet", str(where), "--out", str(out), *options]


def fleet(where: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(where, out, *options), capture_output=True, text=True, timeout=300)


def told(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "fleet.json").read_text())
    return document


def cases(out: Path) -> dict[str, dict[str, Any]]:
    """Every case, but for when and by which command it was made."""
    found = {}
    for folder in sorted(path for path in (out / "sites").iterdir() if path.is_dir()):
        document = Case.load(folder).document
        del document["analysed_at"], document["tool"]["command_line"]
        found[folder.name] = document
    return found


def test_each_site_has_its_case(written: tuple[Path, list[Simulated]], alone: Path) -> None:
    """As many flags as were planted, site by site; page, table and document agree."""
    rows = told(alone)["sites"]
    truth = {site.folder.name: site for site in written[1]}
    assert {row["site"]: (row["sessions"], row["flagged"]) for row in rows} == {
        name: (site.sessions, site.mismatches) for name, site in truth.items()
    }
    assert all(row["flagged"] == 0 for row in rows if row["router"] != FAULTY)
    page = (alone / "fleet.html").read_text()
    for row in rows:
        assert f'href="{row["case"]}"' in page
        assert (alone / row["case"]).is_file()
    lines = (alone / "fleet.csv").read_text().splitlines()
    assert len(lines) == SITES + 1


def test_workers_give_the_same_cases(written: tuple[Path, list[Simulated]], alone: Path, tmp_path: Path) -> None:
    done = fleet(written[0], tmp_path / "out", "--workers", "2", "--rows-only")
    assert (done.returncode, done.stderr.count("\n")) == (0, SITES), done.stderr
    assert cases(tmp_path / "out") == cases(alone)
    same = ("answer", "statements", "routers_and_relays", "sites")
    assert [told(tmp_path / "out")[key] for key in same] == [told(alone)[key] for key in same]


def test_what_is_done_is_not_done_again(written: tuple[Path, list[Simulated]], tmp_path: Path) -> None:
    """Until a capture, the site file or an option changes, or the case is no longer whole."""
    where, out = tmp_path / "in", tmp_path / "out"
    for name in ("site-0000", "site-0001", "site-0002", "site-0003"):
        shutil.copytree(written[0] / name, where / name)
    options = "--workers", "1", "--rows-only"
    assert fleet(where, out, *options).returncode == 0
    assert [row["kept"] for row in told(out)["sites"]] == [False] * 4
    with (where / "site-0001" / "site.toml").open("a") as file:
        file.write("# looked over\n")
    (out / "sites" / "site-0002-x").mkdir()  # nobody's
    (sealed,) = (path for path in (out / "sites").glob("site-0003*") if path.is_dir())
    (sealed / "SHA256SUMS").unlink()
    assert fleet(where, out, *options).returncode == 0
    assert [row["kept"] for row in told(out)["sites"]] == [True, False, True, False]


def test_one_wrong_site_does_not_end_the_others(written: tuple[Path, list[Simulated]], tmp_path: Path) -> None:
    """It fails with its reason, the others are told, and the exit status says so."""
    where, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(written[0] / "site-0000", where / "good")
    shutil.copytree(written[0] / "site-0001", where / "wrong")
    shutil.copytree(written[0] / "site-0002", where / "cut")
    (where / "wrong" / "site.toml").write_text("[site]\nnam = 'x'\n")
    (where / "cut" / "lan_00003.pcap").write_bytes((where / "cut" / "lan_00003.pcap").read_bytes()[:-7])
    done = fleet(where, out, "--workers", "1", "--rows-only")
    assert done.returncode == 3
    states = {row["site"]: (row["status"], row["why"]) for row in told(out)["sites"]}
    assert states["wrong"][0] == "failed"
    assert "site.nam: unknown key" in states["wrong"][1]
    assert "wanwitness: wrong: " in done.stderr
    assert "Traceback" not in done.stderr
    assert states["site-0002"][0] == "incomplete"
    assert "lan_00003.pcap" in states["site-0002"][1]
    done = fleet(where, out, "--workers", "1", "--rows-only", "--lang", "fr")
    page = (out / "fleet.html").read_text(encoding="utf-8").translate({0xA0: " ", 0x202F: " "})
    for text in (page, done.stderr.translate({0xA0: " ", 0x202F: " "})):
        assert "site.nam : clé inconnue" in text and "unknown key" not in text
        assert "à l’octet" in text and "left out" not in text
    again = {row["site"]: (row["status"], row["why"]) for row in told(out)["sites"]}
    assert again == states, "to programs it is English"


def test_a_mess_is_a_line_each(written: tuple[Path, list[Simulated]], tmp_path: Path) -> None:
    """Of whatever kind it is: all other sites are done."""
    where, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(written[0] / "site-0000", where / "good")
    for name in ("one", "two"):
        shutil.copytree(written[0] / "site-0001", where / name)
    for name in ("zero", "empty"):
        (where / name).mkdir()
    (where / "zero" / "site.toml").symlink_to("/dev/zero")
    (where / "empty" / "site.toml").touch()
    looped = shutil.copytree(written[0] / "site-0002", where / "loop")
    (looped / "lan_00003.pcap").unlink()
    (looped / "lan_00003.pcap").symlink_to("lan_00003.pcap")
    (looped / "deeper").symlink_to(".")
    done = fleet(where, out, "--workers", "2", "--rows-only")
    assert done.returncode == 3
    states = [(row["site"], row["status"]) for row in told(out)["sites"]]
    failed = [("empty", "failed"), ("site-0001", "failed"), ("site-0001", "failed"), ("zero", "failed")]
    assert sorted(states) == sorted([*failed, ("site-0000", "analysed"), ("site-0002", "analysed")])
    lines = [line for line in done.stderr.splitlines() if line.startswith("wanwitness: ")]
    assert len(lines) == 4, done.stderr
    assert sum("is called so, too" in line for line in lines) == 2
    (note,) = Case.load(out / "sites" / "site-0002").document["notes"]
    assert "lan_00003.pcap" in note


def test_captures_that_change_meanwhile(
    written: tuple[Path, list[Simulated]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came out is of no one moment: it is said, and not used again."""
    site = shutil.copytree(written[0] / "site-0000", tmp_path / "site")
    (one,) = tasks_of(find_sites(tmp_path / "site"), tmp_path / "out", rows_only=True)

    def grows(*arguments: Any, **options: Any) -> Case:
        case = run(*arguments, **options)
        with (site / "lan_00000.pcap").open("ab") as file:
            file.write(bytes(16))
        return case

    monkeypatch.setattr(task, "run", grows)
    result = task.analyse(one)
    assert (result.status, result.inputs) == ("incomplete", None)
    assert result.why is not None and "changed while they were read" in result.why["text"]
    monkeypatch.undo()
    assert not task.analyse(one).kept


def test_hostile_names_stay_text(tmp_path: Path, written: tuple[Path, list[Simulated]]) -> None:
    """No script, no formula, no path out of the folder, no steering of the terminal, no half characters in JSON."""
    where, out = tmp_path / os.fsdecode(b"r\xe9gion"), tmp_path / "out"
    shutil.copytree(written[0] / "site-0000", where / "a")
    text = (where / "a" / "site.toml").read_text()
    name = "=cmd()</script><script>alert(1)</script>../../../x"
    (where / "a" / "site.toml").write_text(re.sub(r'name = "site-0000"', f"name = '{name}'", text))
    done = fleet(where, out, "--workers", "1", "--rows-only")
    assert done.returncode == 0, done.stderr
    page = (out / "fleet.html").read_text()
    assert "<script>alert" not in page
    assert "r\\xe9gion" in msgspec.json.decode((out / "fleet.json").read_bytes())["sites"][0]["folder"]
    assert "\n'=cmd()" in (out / "fleet.csv").read_text()
    (case,) = (path for path in (out / "sites").iterdir() if path.is_dir())
    assert re.fullmatch(r"[a-z0-9-]+", case.name)


def test_analyze_loads_no_dask(written: tuple[Path, list[Simulated]], tmp_path: Path) -> None:
    """Nor does a fleet on this machine."""
    for arguments in (
        ["analyze", str(written[0] / "site-0000"), "--out", str(tmp_path / "one"), "--rows-only"],
        ["fleet", str(written[0]), "--out", str(tmp_path / "all"), "--rows-only", "--workers", "1"],
        ["fleet", str(written[0]), "--out", str(tmp_path / "by two"), "--rows-only", "--workers", "2"],
        ["--help"],
    ):
        code = (
            "import sys, atexit\n"
            "atexit.register(lambda: print('LOADED', sorted({'dask', 'distributed'} & sys.modules.keys())))\n"
            f"sys.argv = ['wanwitness', *{arguments!r}]\n"
            "from wanwitness.__main__ import main\nmain()\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
        assert "LOADED []" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scheduler", "tcp://192.0.2.1:8786"], "use tls:// with certificates"),
        (["--scheduler", "tls://192.0.2.1:8786"], "needs --tls-ca"),
        (["--scheduler", "ucx://x"], "write tls://HOST:PORT"),
        (["--scheduler", "tcp://127.0.0.1:1"], "no scheduler answers there"),
        (["--memory", "12"], "needs 256 MiB"),
        (["--memory", "much"], "such as 2GiB"),
        (["--scheduler", "tcp://127.0.0.1:1", "--workers", "2"], "are of this machine"),
        (["--tls-ca", "x"], "go with --scheduler"),
        (["--lang", "de"], "'de' is not one of"),
    ],
)
def test_broken_use_is_one_line(
    written: tuple[Path, list[Simulated]], tmp_path: Path, options: list[str], said: str
) -> None:
    done = fleet(written[0], tmp_path / "out", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_site_beyond_the_memory_is_named(tmp_path: Path) -> None:
    """A worker that is ended for its memory, twice, ends its site with the remedy, and no other."""
    where = tmp_path / "in"
    write_site(where / "small", 3, FAULTY, mails=4)
    large = write_site(where / "large", 4, FAULTY, mails=4)
    for path in large.folder.glob("*.pcap"):
        path.unlink()
    _many_connections(large.folder / "lan_00000.pcap")
    for name in ("orange", "sfr"):
        shutil.copy(where / "small" / f"{name}_00000.pcap", large.folder)
    done = fleet(where, tmp_path / "out", "--workers", "1", "--memory", "300MiB", "--rows-only")
    rows = {row["site"]: row for row in told(tmp_path / "out")["sites"]}
    assert done.returncode == 3
    assert rows["small"]["status"] == "analysed"
    assert rows["large"]["status"] == "failed"
    assert "--memory" in rows["large"]["why"]
    assert "Traceback" not in done.stderr


def _many_connections(path: Path) -> None:
    """A LAN with as many mail connections as do not fit."""
    frames = []
    for n in range(60_000):
        host, at = f"192.168.{1 + n // 250 % 200}.{1 + n % 250}", n * 0.001
        frames.append((at, tcp((0x40, 1), host, 1024 + n % 60000, "198.51.100.25", 25, n * 7919, 0, SYN)))
        frames.append((at, tcp((1, 0x40), "198.51.100.25", 25, host, 1024 + n % 60000, 5, n * 7919 + 1, SYN | ACK)))
        frames.append(
            (at, tcp((1, 0x40), "198.51.100.25", 25, host, 1024 + n % 60000, 6, n * 7919 + 1, PSH | ACK, b"220 hi\r\n"))
        )
    write_capture(path, frames)


@pytest.mark.slow
def test_a_large_site_is_read_by_a_worker(tmp_path: Path) -> None:
    """Above 32 MiB captures are read by several processes, which a worker may not have."""
    where = tmp_path / "in"
    for n in range(2):
        simulated = write_site(where / f"site-{n}", 5 + n, FAULTY, mails=20)
        _fill(simulated.folder / "lan_99999.pcap", 36 << 20)
    assert fleet(where, tmp_path / "one", "--workers", "1", "--rows-only").returncode == 0
    assert fleet(where, tmp_path / "two", "--workers", "2", "--rows-only").returncode == 0
    assert cases(tmp_path / "one") == cases(tmp_path / "two")


def _fill(path: Path, size: int) -> None:
    """A capture of plain web traffic after all else."""
    frame = tcp((0x40, 1), "192.168.1.10", 50000, "192.0.2.80", 80, 1, 1, ACK, bytes(1000))
    write_capture(path, [(90_000 + n * 0.01, frame) for n in range(size // len(frame))])


@pytest.mark.needs("chromium")
def test_the_page_in_a_browser(alone: Path) -> None:
    """It sorts and filters, offline, and says nothing on the console."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(offline=True).new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((alone / "fleet.html").as_uri())
        for _ in range(2):
            page.get_by_role("button", name="Links differ").click()
        first = page.locator("#sites tbody tr").first
        assert FAULTY in first.inner_text()
        page.get_by_role("searchbox").fill("region = north")
        assert page.locator("#sites tbody tr:visible").count() == 4
        browser.close()
    assert said == []


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("cluster")) as made:
        yield made


def test_a_cluster_gives_the_same_cases(
    written: tuple[Path, list[Simulated]], alone: Path, cluster: Cluster, tmp_path: Path
) -> None:
    done = fleet(written[0], tmp_path / "out", "--rows-only", *cluster.options)
    assert done.returncode == 0, done.stderr
    assert cases(tmp_path / "out") == cases(alone)


def test_strangers_certificates_are_turned_away(
    written: tuple[Path, list[Simulated]], cluster: Cluster, tmp_path: Path
) -> None:
    from .cluster import certificates

    ca, cert, key = certificates(tmp_path / "other")
    options = ["--scheduler", cluster.address, "--tls-ca", str(ca), "--tls-cert", str(cert), "--tls-key", str(key)]
    done = fleet(written[0], tmp_path / "out", *options)
    assert done.returncode == 2
    assert "no scheduler answers there" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_worker_without_wanwitness_is_named(written: tuple[Path, list[Simulated]], tmp_path: Path) -> None:
    """Before anything runs: its tasks would wait for ever."""
    hidden = tmp_path / "hidden" / "wanwitness"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("")
    environment = {**os.environ, "PYTHONPATH": str(hidden.parent)}
    with running(tmp_path / "cluster", 1, environment) as cluster:
        done = fleet(written[0], tmp_path / "out", "--rows-only", *cluster.options)
    assert done.returncode == 2
    assert "has no wanwitness that knows of fleets" in done.stderr
    assert not list((tmp_path / "out" / "sites").iterdir())


def _begun(process: subprocess.Popen[str], results: int = 1) -> None:
    """Wait until so many sites are done."""
    assert process.stderr is not None
    for _ in range(results):
        assert " of " in process.stderr.readline()


def _start(where: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command(where, out, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _children(pid: int) -> list[int]:
    """The processes below one, however deep."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    found += [int(entry.name), *_children(int(entry.name))]
    return found


def _workers(pid: int) -> list[int]:
    """The processes that a fleet's are forked from have children, which are its workers."""
    return [worker for server in _children(pid) for worker in _children(server)]


def _alive(pids: Sequence[int]) -> list[int]:
    left = []
    for pid in pids:
        with suppress(OSError):
            if (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                left.append(pid)
    return left


def test_a_killed_worker_loses_nothing(written: tuple[Path, list[Simulated]], alone: Path, tmp_path: Path) -> None:
    """Its site is analysed by the next."""
    with _start(written[0], tmp_path / "out", "--workers", "2", "--rows-only") as process:
        _begun(process)
        os.kill(_workers(process.pid)[0], signal.SIGKILL)
        process.communicate(timeout=240)
    assert process.returncode == 0
    assert cases(tmp_path / "out") == cases(alone)


def test_ctrl_c_ends_all_workers(written: tuple[Path, list[Simulated]], alone: Path, tmp_path: Path) -> None:
    """One line, no process left; what is done stays, and the next run goes on from there."""
    out = tmp_path / "out"
    with _start(written[0], out, "--workers", "2", "--rows-only") as process:
        _begun(process, 2)
        below = _children(process.pid)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, errors = process.communicate(timeout=60)
        took = time.monotonic() - began
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert errors.splitlines()[-1].startswith("wanwitness: stopped")
    while _alive(below) and time.monotonic() - began < 20:  # multiprocessing's own helper ends just behind us
        time.sleep(0.05)
    assert not _alive(below)
    print(f"ended {took:.1f} s after Ctrl-C")
    assert fleet(written[0], out, "--workers", "1", "--rows-only").returncode == 0
    assert sum(row["kept"] for row in told(out)["sites"]) >= 2
    assert cases(out) == cases(alone)


def test_a_lost_scheduler_is_said(written: tuple[Path, list[Simulated]], tmp_path: Path) -> None:
    """One line that says how to go on; a later run does."""
    out = tmp_path / "out"
    with (
        running(tmp_path / "cluster", workers=1) as cluster,
        _start(written[0], out, "--rows-only", *cluster.options) as process,
    ):
        _begun(process)
        cluster.scheduler.kill()
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 2, errors
    (line,) = [line for line in errors.splitlines() if line.startswith("wanwitness:")]
    assert "is gone" in line
    assert "run this again" in line
    assert "Traceback" not in errors
    assert fleet(written[0], out, "--workers", "1", "--rows-only").returncode == 0
    assert any(row["kept"] for row in told(out)["sites"])
