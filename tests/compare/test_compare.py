"""Is it mended?"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import hypergeom

from places import PROJECT
from wanwitness import Case, UsageError, analyze
from wanwitness.compare import compare
from wanwitness.compare.chance import LEVEL, needed, rarity
from wanwitness.language import ENGLISH, Language

RELAY = "smtp.orange.example"


@pytest.fixture(scope="module")
def before() -> Case:
    return analyze(PROJECT / "captures" / "incident", rows_only=True)


def later(case: Case, keep: Any, *, days: float = 60, times: int = 1) -> Case:
    """A case of later, with those sessions of another that `keep` holds for, several times over."""
    document = copy.deepcopy(case.document)
    rows = [row for row in document["sessions"] if keep(row)]
    document["sessions"] = []
    for turn in range(times):
        for row in copy.deepcopy(rows):
            row["start"] = moved(row["start"], days * (turn + 1))
            document["sessions"].append(row)
    for capture in document["captures"]:
        capture["first"] = moved(capture["first"], days)
    return Case(document, None)


def moved(moment: str, days: float) -> str:
    return (datetime.fromisoformat(moment) + timedelta(days=days)).isoformat().replace("+00:00", "000Z")


def accepted(row: dict[str, Any]) -> bool:
    return bool(row["outcome"] == "accepted")


def test_the_incident_without_its_refusals_is_mended(before: Case) -> None:
    """As many tries as it takes, over longer than anything went well before; the look-ups are told too."""
    done = compare(before, later(before, accepted))
    assert done.status == "mended" and done.mended
    (relay,) = done.relays
    assert (relay.relay, relay.then.refused, len(relay.then.rows), relay.then.sessions) == (RELAY, 12, 27, 31)
    assert (relay.now.refused, relay.then.mismatched, relay.now.mismatched) == (0, 12, 0)
    assert relay.needed is not None and len(relay.now.rows) >= relay.needed
    assert relay.p is not None and relay.p <= 0.05
    texts = {one.id: ENGLISH.say(one) for one in done.sentences}
    assert texts["compare-counts"].startswith(f"Mail for {RELAY}: 12 of 27 tries refused then, 0 of 15 now")
    assert texts["compare-look-up"].endswith("in 12 of 27 tries then, and in 0 of 15 now.")
    assert "On peut considérer" in " ".join(Language.of("fr").say(one) for one in done.sentences)


def test_where_the_answer_counts_more_tries_it_is_said(before: Case) -> None:
    """To the explanations one more of the incident's refusals is a try of its own, by what was done before it."""
    done = compare(before, later(before, accepted))
    told = next(one for one in done.sentences if one.id == "compare-otherwise")
    refused = {row["table"][0][0] + row["table"][1][0] for row in before.document["hypotheses"] if row["table"]}
    assert told.args["counted"] == max(refused) > done.relays[0].then.refused
    assert "The answer of the first case has 13 refused tries" in ENGLISH.say(told)


def test_a_few_good_tries_are_not_enough(before: Case) -> None:
    """Since as much went well in between before; it is said how many would be."""
    few = later(before, lambda row: accepted(row) and row["start"] < "2012-10-18")
    (relay,) = compare(before, few).relays
    assert relay.status == "not-enough-tries" and len(relay.now.rows) < (relay.needed or 0)
    assert f"{relay.needed} tries without a refusal would be" in " ".join(map(ENGLISH.say, relay.sentences))


def test_many_good_tries_within_an_hour_are_not_enough(before: Case) -> None:
    """Refusals come in bursts: four days went well before."""
    many = later(before, lambda row: accepted(row) and row["start"] < "2012-10-18", days=0.01, times=12)
    for capture in many.document["captures"]:
        capture["first"] = moved(capture["first"], 1)
    (relay,) = compare(before, many).relays
    assert relay.p is not None and relay.p < 0.001
    assert relay.status == "not-enough-tries"
    assert relay.now.longest[1] < relay.then.longest[1]


def test_one_refusal_is_not_mended(before: Case) -> None:
    """It may be less than before, which is said as well."""
    first = next(row["id"] for row in before.document["sessions"] if row["rejections"])
    once = later(before, lambda row: accepted(row) or row["id"] == first)
    (relay,) = compare(before, once).relays
    assert relay.status == "refused-less" and relay.now.refused == 1
    assert compare(before, later(before, lambda _: True)).status == "refused"


def test_no_try_says_nothing(before: Case) -> None:
    """Mail that goes by another relay is none."""
    other = later(before, lambda row: (row["resolution"] or {}).get("name") == "smtp.sfr.example")
    assert [relay.status for relay in compare(before, other).relays] == ["no-tries"]


def test_where_nothing_was_refused_there_is_nothing_to_mend(before: Case) -> None:
    done = compare(later(before, accepted), later(before, accepted, days=200))
    assert (done.status, done.relays) == ("nothing-refused", ())


def test_the_cases_may_not_be_exchanged(before: Case) -> None:
    """Nor one given twice."""
    with pytest.raises(UsageError, match="does not begin after the first"):
        compare(later(before, accepted), before)
    with pytest.raises(UsageError, match="does not begin after the first"):
        compare(before, before)


def test_a_look_up_over_another_link_is_told_though_mail_is_accepted(before: Case) -> None:
    """What refused then may refuse again."""
    after = later(before, accepted)
    after.document["sessions"][0].update(verdict="link-mismatch", flagged=True)
    assert compare(before, after).sentences[-1].id == "compare-look-up-still"


@pytest.mark.parametrize("then", [(1, 20), (5, 9), (13, 34), (40, 40)])
@pytest.mark.parametrize("now", [(0, 1), (0, 15), (2, 30), (7, 7)])
def test_the_exact_test_is_scipys(then: tuple[int, int], now: tuple[int, int]) -> None:
    """Of all refusals as few, or fewer, now: the hypergeometric distribution."""
    expected = hypergeom.cdf(now[0], then[1] + now[1], then[0] + now[0], now[1])
    assert rarity(then, now) == pytest.approx(expected)


def test_so_many_are_needed_and_not_one_less() -> None:
    """Unless more went well in a row before."""
    for then in ((1, 20), (5, 9), (13, 34), (300, 900)):
        need = needed(then, 0)
        assert need is not None
        assert rarity(then, (0, need)) <= LEVEL < rarity(then, (0, need - 1))
    assert needed((13, 34), 50) == 51
    assert needed((0, 34), 0) is None


def test_the_command_tells_it_and_its_status(before: Case, tmp_path: Path) -> None:
    """In words and as JSON, the same words."""
    for name, case in (
        ("before", before),
        ("after", later(before, accepted)),
        ("again", later(before, lambda _: True)),
    ):
        (tmp_path / f"{name}.json").write_bytes(b"".join(case.encoded()))
    told = run(tmp_path, "before.json", "after.json")
    assert told.returncode == 0 and "enough to call it mended" in " ".join(told.stdout.split())
    value = json.loads(run(tmp_path, "before.json", "after.json", "--json").stdout)
    assert (value["status"], value["mended"]) == ("mended", True)
    assert " ".join(one["text"] for one in value["sentences"]) == " ".join(told.stdout.split())
    assert run(tmp_path, "before.json", "again.json").returncode == 1
    broken = run(tmp_path, "before.json", "before.json")
    assert (broken.returncode, broken.stderr.count("\n")) == (2, 1)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "wanwitness", "compare", *arguments]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
