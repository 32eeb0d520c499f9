"""The backends' configurations: accepted by their own programs, and joined to each other."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack.named import packaged
from tests.collector import far_ends
from tests.collector.canary import Canary
from tests.collector.waiting import until

ROOT = Path(__file__).resolve().parents[2]
SOURCES: dict[str, dict[str, Any]] = {
    source["uid"]: source
    for source in yaml.safe_load(
        (ROOT / "grafana/provisioning/datasources/datasources.yaml").read_text()
    )["datasources"]
}


def run(*command: str) -> None:
    """Run a program's own check of a file; show what it says when it refuses."""
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert answer.returncode == 0, answer.stdout + answer.stderr


def program(name: str) -> str:
    """A program of Debian's packages, or named instead; skipped where it is missing."""
    found = packaged(name)
    if found is None:
        pytest.skip(f"{name} is missing: `make setup` installs it")
    return found


def named(variable: str) -> str:
    """A program named by a variable; the test is skipped where it is not set."""
    if variable not in os.environ:
        pytest.skip(f"{variable} is not set")
    return os.environ[variable]


def seen_by_grafana(text: str) -> str:
    """A provisioned text after Grafana has read it."""
    return text.replace("$$", "$")


def queries() -> Sequence[tuple[str, str]]:
    """The metric queries behind a span, by name."""
    wanted = SOURCES["tempo"]["jsonData"]["tracesToMetrics"]["queries"]
    return [(query["name"], seen_by_grafana(query["query"])) for query in wanted]


def test_prometheus_accepts_its_file() -> None:
    """Promtool accepts the configuration."""
    run(program("promtool"), "check", "config", str(ROOT / "prometheus/prometheus.yaml"))


def test_alertmanager_accepts_its_file() -> None:
    """Amtool accepts the configuration."""
    run(program("amtool"), "check-config", str(ROOT / "alerting/alertmanager.yaml"))


@pytest.mark.loki
def test_loki_accepts_its_file() -> None:
    """Loki accepts the configuration."""
    run(named("LOKI_BIN"), "-verify-config", f"-config.file={ROOT / 'loki/loki.yaml'}")


@pytest.mark.loki
def test_tempo_accepts_its_file() -> None:
    """Tempo accepts the configuration."""
    run(named("TEMPO_BIN"), "-config.verify=true", f"-config.file={ROOT / 'tempo/tempo.yaml'}")


def test_links_lead_to_sources_that_exist() -> None:
    """Every data source that a link names is provisioned, and every link is there."""
    loki, tempo, prometheus = (SOURCES[uid]["jsonData"] for uid in ("loki", "tempo", "prometheus"))

    assert [field["datasourceUid"] for field in loki["derivedFields"]] == ["tempo"]
    assert tempo["tracesToLogsV2"]["datasourceUid"] == "loki"
    assert tempo["lokiSearch"]["datasourceUid"] == "loki"
    assert tempo["tracesToMetrics"]["datasourceUid"] == "prometheus"
    assert tempo["serviceMap"]["datasourceUid"] == "prometheus"
    destinations = prometheus["exemplarTraceIdDestinations"]
    assert [one["datasourceUid"] for one in destinations] == ["tempo"]
    assert {"loki", "tempo", "prometheus"} <= set(SOURCES)


def test_log_line_links_by_its_trace_id_alone() -> None:
    """The derived field takes the metadata trace_id, and no other whose name holds it."""
    (field,) = SOURCES["loki"]["jsonData"]["derivedFields"]
    pattern = seen_by_grafana(field["matcherRegex"])

    assert field["matcherType"] == "label"
    assert re.search(pattern, "trace_id")
    assert not re.search(pattern, "parent_trace_id_hex")


def test_lines_of_a_span_are_asked_by_an_index_label() -> None:
    """The query from span to logs selects by a label that Loki has, and by the trace ID."""
    link = SOURCES["tempo"]["jsonData"]["tracesToLogsV2"]
    loki = yaml.safe_load((ROOT / "loki/loki.yaml").read_text())
    resource = loki["limits_config"]["otlp_config"]["resource_attributes"]
    (index,) = resource["attributes_config"]

    assert index["action"] == "index_label"
    for tag in link["tags"]:
        assert tag["key"] in index["attributes"]
        assert tag["value"] == tag["key"].replace(".", "_")
    assert seen_by_grafana(link["query"]) == '{${__tags}} | trace_id = "${__trace.traceId}"'


def test_metric_queries_are_promql(tmp_path: Path) -> None:
    """With its variables filled, each query behind a span is accepted by promtool."""
    rules = [
        {"record": f"query{number}", "expr": query.replace("$__tags", 'service="gateway"')}
        for number, (_, query) in enumerate(queries())
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))

    run(program("promtool"), "check", "rules", str(file))


@pytest.mark.collector
def test_metric_queries_ask_for_what_the_collector_gives(tmp_path: Path) -> None:
    """Each metric and label in the queries behind a span is on the Collector's page."""
    tags = SOURCES["tempo"]["jsonData"]["tracesToMetrics"]["tags"]
    labels = {tag["value"] for tag in tags} | {"span_name", "le", "status_code"}
    metrics = {name for _, query in queries() for name in re.findall(r"traces_\w+", query)}

    with far_ends.opened(tmp_path, ("loki-tempo",)) as ends:
        Canary().send(ends.collector.http)
        until(lambda: b"traces_spanmetrics_latency_bucket" in ends.page(), "span metrics")
        page = ends.page().decode()

    assert metrics == {"traces_spanmetrics_calls_total", "traces_spanmetrics_latency_bucket"}
    for metric in metrics:
        (line, *_) = (line for line in page.splitlines() if line.startswith(f"{metric}{{"))
        given = set(re.findall(r"(\w+)=\"", line))
        assert labels - given <= ({"le"} if metric.endswith("_total") else set())
