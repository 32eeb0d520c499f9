"""The rules for dashboards hold, and each is seen when it is broken."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from grafana.lint import address, lint, unknown
from grafana.reading import logql_names, promql_names, traceql_names, variables
from tests.grafana.asked import dashboards, links_of_alerts, rules

BOARDS = dashboards()
Board = dict[str, Any]


def test_every_dashboard_keeps_the_rules() -> None:
    """Titles, descriptions, units, data sources, variables, names and links are all right."""
    assert len(BOARDS) == 8
    assert lint(BOARDS) == []


def _panel(board: Board) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in board["panels"] if one["title"] == "Types of error")
    return found


def _ask(board: Board, expr: str) -> None:
    _panel(board)["targets"][0]["expr"] = expr


def _link(board: Board, url: str) -> None:
    board["links"].append({"title": "further", "type": "link", "url": url, "tags": []})


BROKEN: dict[str, tuple[Callable[[Board], object], str]] = {
    "title": (lambda board: _panel(board).pop("title"), "a panel: has no title"),
    "description": (lambda board: _panel(board).pop("description"), "has no description"),
    "unit": (
        lambda board: _panel(board)["fieldConfig"]["defaults"].pop("unit"),
        "Types of error: has no unit",
    ),
    "question": (lambda board: board.pop("description"), "errors: has no description"),
    "query": (lambda board: _panel(board)["targets"].clear(), "has no query"),
    "source": (
        lambda board: _panel(board)["targets"][0]["datasource"].update(uid="elastic"),
        "asks data source elastic",
    ),
    "twin": (lambda board: _panel(board).update(id=1), "panels do not have an ID each"),
    "variable": (
        lambda board: _ask(board, '{service_name="$servce"}'),
        "uses $servce, which is no variable",
    ),
    "label": (
        lambda board: _ask(board, '{service_name=~"$service"} | user="x"'),
        "user is on nothing that is written",
    ),
    "unused variable": (
        lambda board: board["templating"]["list"].append({"name": "lost", "type": "textbox"}),
        "variable lost is used nowhere",
    ),
    "dashboard of a link": (lambda board: _link(board, "/d/nowhere"), "no dashboard nowhere"),
    "variable of a link": (
        lambda board: _link(board, "/d/transaction?var-trace=1"),
        "transaction has no variable for var-trace",
    ),
    "source of a link": (
        lambda board: _link(
            board, "/explore?panes=%7B%22a%22:%7B%22datasource%22:%22x%22,%22queries%22:[]%7D%7D"
        ),
        "no data source x",
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_seen(rule: str) -> None:
    """The linter names what was broken, and nothing else."""
    breaking, said = BROKEN[rule]
    boards = copy.deepcopy(BOARDS)
    breaking(boards["errors"])

    problems = lint(boards)

    assert [problem for problem in problems if said in problem] == problems
    assert problems


def test_metrics_and_labels_are_read_from_promql() -> None:
    """Selectors give metrics with their labels; functions, keywords and texts give none."""
    names = promql_names(
        'histogram_quantile(0.9, sum by (le, job) (rate(a_bucket{x="sum(b)", y=~`c`}[5m]'
        " offset 1h)))"
        " / on (job) group_left (z) (d:e > bool 2 or vector(0)) * ${f} - topk(3, g)"
    )

    assert names.metrics == {"a_bucket": {"x", "y"}, "d:e": set(), "g": set()}
    assert names.labels == {"le", "job", "z"}


def test_labels_are_read_from_logql_and_traceql() -> None:
    """Filters and groups give labels; what the query makes itself is told apart."""
    names = logql_names(
        'topk by (a) (1, max_over_time({b=~"c"} |= `d` | e="f" or g!="h"'
        " | label_format i=`{{ .j }}` | regexp `(?P<k>l)` | unwrap i [1h]) by (a, k))"
    )
    assert names.labels - names.made == {"a", "b", "e", "g"}
    assert names.made == {"i", "k"}
    spans = traceql_names('{ resource.a = "span.b" && span.c.d > 1 && status = error } | rate()')
    assert spans.labels == {"resource.a", "span.c.d"}


def test_variables_are_read_in_every_form() -> None:
    """With and without braces and format; Grafana's own are not among them."""
    assert variables("$a ${b} ${c:regex} ${__value.raw} $__range") == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("kind", "query", "said"),
    [
        ("prometheus", "sum(otlog_log_record_total)", "no metric otlog_log_record_total"),
        ("prometheus", 'otlog_log_records_total{level="x"}', "has no label level"),
        ("prometheus", "sum by (level) (up)", "no metric has level"),
        ("tempo", '{ resource.service = "x" }', "resource.service is on nothing"),
    ],
)
def test_a_name_that_nothing_writes_is_seen(kind: str, query: str, said: str) -> None:
    """A misspelt metric, label or attribute is told by its name."""
    (problem,) = unknown(kind, query)

    assert said in problem


def test_alert_rules_ask_for_what_is_written() -> None:
    """The metrics and labels of every rule exist; a rule may use what another records."""
    recorded = {name for name, _ in rules() if ":" in name}
    problems = {
        name: [one for one in unknown("prometheus", query) if one.split()[-1] not in recorded]
        for name, query in rules()
    }

    assert {name: wrong for name, wrong in problems.items() if wrong} == {}


def test_links_of_alerts_lead_somewhere() -> None:
    """Each alert's dashboard and its variables exist, and so do its data sources."""
    assert [problem for url in links_of_alerts() for problem in address(url, BOARDS)] == []
