"""Every query in PromQL of the dashboards and the alerts is answered by what the run gave."""

from __future__ import annotations

import math
from collections.abc import Iterator

import httpx
import pytest

from grafana.reading import Query, promql_names
from stack import named
from stack.ports import HOST
from stack.prometheus import Prometheus
from tests.e2e.conftest import Run, play
from tests.e2e.reading import until
from tests.grafana.asked import RULES, filled, queries, rules

pytestmark = [pytest.mark.e2e]

QUIET = {
    "otlog_collector_redactions_total",
    "otlog_redaction_policy_reloads_total",
    "otlog_self_errors_total",
}
"""Counters that begin with a leak, a change of rules or a failure, of which the run has none.

Other tests make them count: `tests/collector/test_tripwire.py`, `tests/launcher/test_policy.py`,
`tests/unit/bridge/test_counts.py`.
"""

EVENTS = (
    {"type": "activity.page_viewed", "source": "test", "data": {"page": "/lamps"}},
    {"type": "order.placed", "source": "test", "data": {}},
)
"""One that is handled in a batch, and one that makes no sense."""


@pytest.fixture(scope="module")
def prometheus(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that watches the run's Collector while the scenario is played again.

    A rate needs a counter that grew while Prometheus was looking.
    """
    program = named.packaged("prometheus")
    if program is None:
        pytest.skip("prometheus is missing: `make setup` installs it")
    collector = run.stack.collector
    assert collector
    targets = {
        "collector:9464": f"{HOST}:{collector.prometheus_port}",
        "collector:8888": f"{HOST}:{collector.self_metrics_port}",
    }
    folder = tmp_path_factory.mktemp("prometheus")
    with Prometheus(folder, program, targets, RULES) as running:
        until(lambda: running.query("up == 1"), lambda found: len(found) == len(targets))
        until(lambda: running.query("otlog_log_records_total"), bool)
        play(run.stack)
        yield running


@pytest.fixture(scope="module")
def unanswered(run: Run, prometheus: Prometheus) -> list[Query]:
    """The dashboards' queries without a number, once there is none or at the deadline."""

    left = queries("prometheus")

    def ask() -> list[Query]:
        for event in EVENTS:
            url = f"{run.stack.event_service.http}/events"
            httpx.post(url, json=event, timeout=60).raise_for_status()
        left[:] = [query for query in left if not numbers(prometheus, query)]
        return left

    return until(ask, lambda left: not left)


def numbers(prometheus: Prometheus, query: Query) -> list[float]:
    """What a query gives; a share of nothing is no number."""
    values = [float(one["value"][1]) for one in prometheus.query(filled(query.text))]
    return [value for value in values if not math.isnan(value)]


def test_every_query_of_a_dashboard_is_answered(unanswered: list[Query]) -> None:
    """None is empty."""
    assert len(queries("prometheus")) > 50
    assert [(one.dashboard, one.panel, one.text) for one in unanswered] == []


def test_every_metric_that_is_asked_for_is_there(
    prometheus: Prometheus, unanswered: list[Query]
) -> None:
    """No query is answered by its `or vector(0)` alone, but those of counters that are quiet."""
    assert unanswered == []
    asked = {name for one in queries("prometheus") for name in promql_names(one.text).metrics}

    assert asked >= QUIET
    assert {name for name in asked if not prometheus.query(name)} == QUIET


def test_variables_of_the_dashboards_find_the_services(prometheus: Prometheus) -> None:
    """The list of services to choose from has all three."""
    series = prometheus.query("sum by (service) (traces_spanmetrics_calls_total)")

    found = {one["metric"]["service"] for one in series}
    assert found == {"auth-service", "event-service", "gateway"}


def test_every_rule_runs(prometheus: Prometheus) -> None:
    """Prometheus takes the query of each alert and recording rule."""
    for _, query in rules():
        prometheus.query(query)
