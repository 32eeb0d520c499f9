"""The result in the tree is the result for the queries in the tree; Loki need not be here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.grafana import asked
from tests.loki import questions, result

STALE = "run `make loki-result` with LOKI_BIN and TEMPO_BIN set"


def test_the_queries_are_those_that_were_asked() -> None:
    """The digest of all queries, provisioned ones included, is the one of the result."""
    assert result.read()["digest"] == questions.digest(), STALE


def test_everything_that_is_asked_was_found() -> None:
    """Each query has an answer that is not empty, and both ways to store have the same."""
    kept = result.read()

    asked = [(one["asked"], one["of"], one["query"]) for one in kept["answers"]]
    assert asked == [(one.name, one.to, one.query) for one in questions.questions()], STALE
    assert all(one["found"] > 0 for one in kept["answers"])
    assert kept["queries"] == {"run": len(asked), "empty": 0, "failed": 0}
    for count in kept["stored"].values():
        assert count["store"] == count["Loki and Tempo"] > 0


def test_the_page_shows_the_result() -> None:
    """The section in the docs is what the result gives."""
    page = result.PAGE.read_text()
    shown = page.partition(result.BEGIN)[2].partition(result.END)[0]

    assert shown == result.section(result.read()), STALE


def test_a_changed_query_changes_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more character in a provisioned query is seen."""
    before = questions.digest()
    text = questions.PROVISIONED.read_text()
    assert "| trace_id =" in text
    changed = tmp_path / "datasources.yaml"
    changed.write_text(text.replace("| trace_id =", "|  trace_id ="))
    monkeypatch.setattr(questions, "PROVISIONED", changed)

    assert questions.digest() != before


def test_a_changed_dashboard_changes_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more character in a panel's query is seen."""
    before = questions.digest()
    folder = tmp_path / "dashboards" / "operations"
    shutil.copytree(asked.PROVISIONING / "dashboards", folder.parent)
    errors = folder / "errors.json"
    errors.write_text(errors.read_text().replace("min_over_time(", "min_over_time( "))
    monkeypatch.setattr(asked, "PROVISIONING", tmp_path)

    assert questions.digest() != before
