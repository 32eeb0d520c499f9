"""Names that queries may use: what the registry says is written, under the names of each backend.

Loki and Prometheus know `.` as `_`. Prometheus adds the unit, and `_total` to counters
(OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from registry.model import SOURCE, Metric, load

COLLECTOR = SOURCE.parents[1] / "collector"

EVERY_SERIES = {"job", "instance", "le"}
"""Labels that any series may have."""

INDEX = {"service_name", "service_namespace", "deployment_environment_name", "log_retention"}
"""Loki's index labels."""

LINE = INDEX | {
    "trace_id",
    "span_id",
    "severity_text",
    "severity_number",
    "scope_name",
    "event_name",
    "detected_level",
}
"""What every line has in Loki, beside its attributes."""

INTRINSIC = {"trace:id", "span:id", "event:name"}
"""TraceQL's names with a scope that are no attributes."""

_SPAN = {"service", "span_name", "span_kind", "status_code"}
_EDGE = {"client", "server", "connection_type", "failed"}
_HTTP = {"http_request_method", "http_route", "http_response_status_code", "error_type"}
_CALL = _HTTP | {"server_address", "server_port"}
_RECEIVER = {"receiver", "transport"}
_EXPORTER = {"exporter"}
_SIGNALS = ("log_records", "spans", "metric_points")

OTHERS: Mapping[str, set[str]] = {
    # The Collector's connectors: collector/base.yaml.
    "traces_spanmetrics_calls_total": _SPAN,
    **{f"traces_spanmetrics_latency_{part}": _SPAN for part in ("bucket", "sum", "count")},
    "traces_service_graph_request_total": _EDGE,
    "traces_service_graph_request_failed_total": _EDGE,
    **{
        f"traces_service_graph_request_{side}_seconds_{part}": _EDGE
        for side in ("client", "server")
        for part in ("bucket", "sum", "count")
    },
    # OpenTelemetry's instrumentations of FastAPI and httpx: semantic conventions.
    **{
        f"http_{side}_request_duration_seconds_{part}": labels
        for side, labels in (("server", _HTTP), ("client", _CALL))
        for part in ("bucket", "sum", "count")
    },
    # The Collector's own.
    **{
        f"otelcol_receiver_{what}_{signal}_total": _RECEIVER
        for what in ("accepted", "refused", "failed")
        for signal in _SIGNALS
    },
    **{
        f"otelcol_exporter_{what}_{signal}_total": _EXPORTER
        for what in ("sent", "send_failed", "enqueue_failed")
        for signal in _SIGNALS
    },
    "otelcol_exporter_queue_size": {"exporter", "data_type"},
    "otelcol_exporter_queue_capacity": {"exporter", "data_type"},
    "otelcol_process_memory_rss_bytes": set(),
    "otelcol_process_uptime_seconds_total": set(),
    # A resource's attributes, those of the process and of the Collector alike.
    "target_info": {"otlog_policy_version", "service_name", "service_version"},
    # Of the host that the Collector watches: collector/overlays/host.yaml.
    "system_filesystem_utilization_ratio": {"mountpoint", "device", "type", "mode", "state"},
    # Prometheus' own and Alertmanager's.
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "service_name", "severity", "kind"},
    "prometheus_rule_evaluation_failures_total": {"rule_group"},
    "prometheus_config_last_reload_successful": set(),
    "alertmanager_config_last_reload_successful": set(),
    "alertmanager_notifications_failed_total": {"integration"},
}

_UNITS = {"s": "seconds", "By": "bytes", "1": "ratio"}
_NOT_A_NAME = re.compile(r"\W+")


def flat(name: str) -> str:
    """A name as Loki and Prometheus have it."""
    return _NOT_A_NAME.sub("_", name)


@cache
def metrics() -> Mapping[str, set[str]]:
    """The labels of each metric by its name in Prometheus."""
    known = {name: {*labels} for name, labels in OTHERS.items()}
    known |= _counted()
    for name, metric in load().metrics.items():
        for series in _series(name, metric):
            known[series] = {flat(attribute) for attribute in metric.attributes}
    return known


@cache
def labels_of_lines() -> set[str]:
    """What a line in Loki may be found by."""
    attributes = load().attributes
    return LINE | {flat(name) for name, one in attributes.items() if "log" in one.signals}


@cache
def attributes_of_spans() -> set[str]:
    """What a span in Tempo may be found by, each name with its scope."""
    attributes = load().attributes
    spans = {f"span.{name}" for name, one in attributes.items() if "span" in one.signals}
    resources = {
        f"resource.{name}" for name, one in attributes.items() if "resource" in one.signals
    }
    return INTRINSIC | spans | resources


def _counted() -> dict[str, set[str]]:
    """What the Collector's count connectors count, by their own configuration."""
    files = (COLLECTOR / "base.yaml", *sorted(COLLECTOR.glob("overlays/*.yaml")))
    read = [yaml.safe_load(file.read_text("utf-8")) or {} for file in files]
    connectors = [item for one in read for item in one.get("connectors", {}).items()]
    return {
        f"{flat(name)}_total": _keys(count)
        for connector, of_signals in connectors
        if connector.startswith("count/")
        for counts in of_signals.values()
        for name, count in counts.items()
    }


def _keys(count: Mapping[str, Any]) -> set[str]:
    return {flat(attribute["key"]) for attribute in count.get("attributes", ())}


def _series(name: str, metric: Metric) -> list[str]:
    unit = "" if metric.unit.startswith("{") else _UNITS[metric.unit]
    if unit == "ratio" and metric.instrument != "gauge":
        unit = ""
    base = "_".join(part for part in (flat(name), unit) if part)
    if metric.instrument == "counter":
        return [f"{base}_total"]
    if metric.instrument == "histogram":
        return [f"{base}_{part}" for part in ("bucket", "sum", "count")]
    return [base]
