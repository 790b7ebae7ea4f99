"""A case in Python: tables, figures, and the example notebook, which is run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import nbformat
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from nbclient import NotebookClient

import wanwitness
from places import OFFICE, PROJECT

NOTEBOOK = PROJECT / "reports" / "example.ipynb"


@pytest.fixture(scope="module")
def case() -> wanwitness.Case:
    return wanwitness.analyze(OFFICE.parent / "incident", rows_only=True)


@pytest.fixture(autouse=True)
def headless() -> Iterator[None]:
    mpl.use("agg")
    yield
    pyplot.close("all")


def test_every_table_says_what_the_document_says(case: wanwitness.Case) -> None:
    """With types that know absence."""
    document = case.document
    assert case.links["name"].tolist() == [row["name"] for row in document["links"]]
    assert [list(row) for row in case.links["relays"]] == [row["relays"] for row in document["links"]]
    captures = case.captures
    assert captures["packets"].tolist() == [row["packets"] for row in document["captures"]]
    assert captures["first"].dtype == captures["last"].dtype == pd.DatetimeTZDtype("ns", "UTC")
    assert captures["clock_offset_s"].tolist() == [row["clock"]["offset_s"] for row in document["captures"]]
    assert captures["vlan"].isna().all()
    hypotheses = case.hypotheses.set_index("id")
    told = {row["id"]: row for row in document["hypotheses"]}
    assert hypotheses.index.tolist() == list(told)
    (refused, accepted), (without, accepted_without) = told["link-mismatch"]["table"]
    row = hypotheses.loc["link-mismatch"]
    assert [row[f"{a}_{b}"] for a in ("with", "without") for b in ("refused", "accepted")] == [
        refused,
        accepted,
        without,
        accepted_without,
    ]
    assert refused > 10 and without == 0
    assert row["ci95_low"] == told["link-mismatch"]["ci95"][0]
    assert pd.isna(row["ci95_high"])
    assert str(hypotheses["status"].dtype) == "category"
    findings = case.findings
    assert len(findings) == sum(len(session["findings"]) for session in document["sessions"]) > 0
    assert set(findings["session"]) <= set(case.sessions["id"])


@pytest.mark.parametrize("name", ["links", "captures", "hypotheses", "findings", "sessions"])
def test_a_table_without_rows_has_its_columns_and_types(case: wanwitness.Case, name: str) -> None:
    full: Any = getattr(case, name)
    none: Any = getattr(wanwitness.Case({**case.document, name: [], "sessions": []}), name)
    assert len(none) == 0
    assert [str(kind) for kind in none.dtypes] == [str(kind) for kind in full.dtypes]


@pytest.mark.parametrize("figure", ["site_map", "timeline", "links", "explanations", "clocks"])
def test_every_figure_is_axes(case: wanwitness.Case, figure: str) -> None:
    """Of a figure that pyplot shows, with a title, in the language that was asked for."""
    axes = getattr(case.plot, figure)()
    assert isinstance(axes, Axes)
    assert axes.get_title()
    assert pyplot.get_fignums() == [pyplot.gcf().number]
    assert len(axes.get_children()) > 10


def test_a_ladder_is_one_sessions(case: wanwitness.Case) -> None:
    flagged = str(case.sessions.query("flagged")["id"].iloc[0])
    axes = case.plot("en").ladder(flagged[:8])
    said = " ".join(text.get_text() for text in axes.texts)
    assert "530 5.7.0" in said
    with pytest.raises(wanwitness.UsageError, match="no such session"):
        case.plot.ladder("nobody")


def test_what_has_nothing_to_draw_says_so(case: wanwitness.Case) -> None:
    """And leaves no empty figure behind."""
    with pytest.raises(wanwitness.UsageError, match="nothing to draw"):
        wanwitness.Case({**case.document, "sessions": []}).plot.timeline()
    assert pyplot.get_fignums() == []


def test_a_case_shows_its_answer(case: wanwitness.Case) -> None:
    """Whatever stands in it is text."""
    assert "Mail through Orange was refused where" in case._repr_html_()
    hostile = {**case.document["answer"], "sentences": [{"id": "x", "args": {}, "text": "<script>\x1b[2J</script>"}]}
    shown = wanwitness.Case({**case.document, "answer": hostile})._repr_html_()
    assert "<script>" not in shown
    assert "\x1b" not in shown


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the project's folder: every cell, with tables and pictures to show; it is kept without any."""
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PROJECT / "src"), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(PROJECT)}}).execute()
    shown = [kind for cell in notebook.cells for output in cell.get("outputs", []) for kind in output.get("data", {})]
    assert shown.count("image/png") == 2
    assert shown.count("text/html") == 6
    text = str(notebook.cells)
    assert "530" in text and "named" in text
