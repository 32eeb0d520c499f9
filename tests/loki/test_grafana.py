"""A real Grafana loads what is provisioned, reaches its data sources, and both links lead on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stack.grafana import Grafana
from stack.ports import HOST
from tests.collector.waiting import until
from tests.grafana import asked
from tests.loki.questions import sources
from tests.loki.running import RealRun

pytestmark = [pytest.mark.loki, pytest.mark.grafana]

PROXY = "/api/datasources/proxy/uid"


@pytest.fixture(scope="module")
def grafana(run: RealRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grafana]:
    """Grafana on the run's Loki, Tempo and Prometheus."""
    stack = run.stack
    local = {
        "loki:3100": f"{HOST}:{stack.loki.port}",
        "tempo:3200": f"{HOST}:{stack.tempo.port}",
        "prometheus:9090": f"{HOST}:{stack.prometheus.port}",
    }
    with Grafana(tmp_path_factory.mktemp("grafana"), local) as running:
        yield running


def test_every_dashboard_loads(grafana: Grafana) -> None:
    """Each file is a dashboard in Grafana, by its UID, with the panels that it has there."""
    boards = asked.dashboards()

    def loaded() -> set[str]:
        return {one["uid"] for one in grafana.get("/api/search", type="dash-db", limit=100)}

    until(lambda: loaded() >= boards.keys(), "the dashboards")
    for uid, board in boards.items():
        shown = grafana.get(f"/api/dashboards/uid/{uid}")["dashboard"]
        titles = [panel["title"] for panel in board["panels"]]
        assert [panel["title"] for panel in shown["panels"]] == titles


@pytest.mark.parametrize("uid", ["loki", "loki-audit", "tempo", "prometheus"])
def test_data_source_is_healthy(grafana: Grafana, uid: str) -> None:
    """Grafana's own check of the data source succeeds."""
    until(lambda: grafana.get(f"/api/datasources/uid/{uid}/health")["status"] == "OK", uid)


def test_a_line_leads_to_its_trace(grafana: Grafana, run: RealRun) -> None:
    """The derived field of the data source that Grafana loaded leads to a trace that Tempo has."""
    (derived,) = grafana.get("/api/datasources/uid/loki")["jsonData"]["derivedFields"]
    query = f'{{service_name="gateway"}} | trace_id="{run.result.order_trace_id}"'
    streams = grafana.get(f"{PROXY}/loki/loki/api/v1/query_range", query=query, since="1h")
    found = streams["data"]["result"][0]["stream"]["trace_id"]
    address = derived["url"].replace("${__value.raw}", found)

    answer = grafana.get(f"{PROXY}/{derived['datasourceUid']}/api/v2/traces/{address}")
    assert answer["trace"]["resourceSpans"]


def test_a_span_leads_to_its_lines(grafana: Grafana, run: RealRun) -> None:
    """The query that Grafana loaded finds the lines of the trace."""
    link = grafana.get("/api/datasources/uid/tempo")["jsonData"]["tracesToLogsV2"]
    assert link["query"] == sources()["tempo"]["tracesToLogsV2"]["query"]
    query = link["query"].replace("${__tags}", 'service_name="gateway"')
    query = query.replace("${__trace.traceId}", run.result.order_trace_id)

    path = f"{PROXY}/{link['datasourceUid']}/loki/api/v1/query_range"
    assert grafana.get(path, query=query, since="1h")["data"]["result"]
