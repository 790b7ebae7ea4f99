"""What the captures could not have shown is told by the ports that tshark sees in them."""

from __future__ import annotations

import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import TCP
from scapy.utils import PcapReader, PcapWriter

from places import PROJECT
from wanwitness import analyze
from wanwitness.secrets import KeyLog
from wanwitness.verify import verify

pytestmark = [pytest.mark.needs("tshark"), pytest.mark.usefixtures("read_once")]
FILTERED = (110, 143, 443, 80)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], Path]]:
    """The incident's case, and that of the same captures through a filter that leaves mailboxes and the web out."""
    whole, filtered = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("filtered")
    for file in (PROJECT / "captures" / "incident").glob("*.pcap"):
        (whole / file.name).write_bytes(file.read_bytes())
        with PcapReader(str(file)) as reader, PcapWriter(str(filtered / file.name)) as writer:
            for packet in reader:
                if TCP not in packet or {packet[TCP].sport, packet[TCP].dport}.isdisjoint(FILTERED):
                    writer.write(packet)
    site = (PROJECT / "captures" / "incident" / "site.toml").read_text()
    found = {}
    for name, folder in (("whole", whole), ("filtered", filtered)):
        (folder / "site.toml").write_text(site)
        found[name] = analyze(folder, out=folder / "case", rows_only=True).document, folder / "case"
    return found


def test_both_agree(cases: dict[str, tuple[dict[str, Any], Path]]) -> None:
    """The one has log-ins and visits, and the other could not have."""
    for name, (document, folder) in cases.items():
        statuses = {row["id"]: row["status"] for row in document["hypotheses"]}
        expected = "not-shown" if name == "whole" else "not-observable"
        assert {statuses[kind] for kind in ("mail-login", "webmail")} == {expected}
        assert verify(folder / "case.json").disagreements == ()


@pytest.mark.parametrize("kind", ["mail-login", "webmail"])
def test_neither_passes_for_the_other(cases: dict[str, tuple[dict[str, Any], Path]], kind: str) -> None:
    """Also where whoever changed it left out the acts, and took every figure of the row from the other case."""
    for name, other in (("whole", "filtered"), ("filtered", "whole")):
        (document, folder), (donor, _) = cases[name], cases[other]
        forged = deepcopy(document)
        index = next(n for n, row in enumerate(document["hypotheses"]) if row["id"] == kind)
        forged["hypotheses"][index] = next(row for row in donor["hypotheses"] if row["id"] == kind)
        forged["acts"] = [act for act in document["acts"] if act["kind"] != kind]
        forged["answer"] = donor["answer"]
        done = sys.modules["wanwitness.verify.verify"]._verify(forged, folder, KeyLog())
        assert f"hypotheses {kind} not observable" in [one.where for one in done.disagreements]
