"""The data sources, and the jumps between them.

From a log line to its trace (derived field on `trace_id`), from a span to its lines and to its
service's metrics, from a point on a latency graph to the trace behind it (exemplar).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.models.dashboard import DataSourceRef

TENANT = "X-Scope-OrgID"
"""Loki's header for the tenant; without effect where Loki has one tenant only."""


@dataclass(frozen=True)
class Source:
    """A data source as Grafana knows it.

    Attributes:
        uid: its ID, by which panels and links name it.
        kind: its plugin.
        url: where it answers inside the stack.
        settings: its `jsonData`.
        headers: what Grafana sends along with each query.
    """

    uid: str
    kind: str
    url: str
    settings: dict[str, Any]
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def ref(self) -> DataSourceRef:
        """How a panel names it."""
        return DataSourceRef(type_val=self.kind, uid=self.uid)

    def provisioned(self) -> dict[str, Any]:
        """Its entry in a provisioning file, before `$` is escaped."""
        entry: dict[str, Any] = {
            "name": self.uid.replace("-", " ").capitalize(),
            "uid": self.uid,
            "type": self.kind,
            "access": "proxy",
            "url": self.url,
            "jsonData": dict(self.settings),
        }
        for number, (name, value) in enumerate(self.headers, 1):
            entry["jsonData"][f"httpHeaderName{number}"] = name
            entry.setdefault("secureJsonData", {})[f"httpHeaderValue{number}"] = value
        return entry


_TO_TRACE = {"datasourceUid": "tempo", "urlDisplayLabel": "Trace: ${__value.raw}"}
_LINES = {
    "maxLines": 1000,
    "derivedFields": [
        {
            "name": "trace_id",
            "matcherType": "label",
            # Grafana looks for the pattern anywhere in a label's name.
            "matcherRegex": "^trace_id$",
            "url": "${__value.raw}",
            **_TO_TRACE,
        }
    ],
}
_SPAN_CALLS = "traces_spanmetrics_calls_total"
_SPAN_LATENCY = "traces_spanmetrics_latency_bucket"

LOKI = Source("loki", "loki", "http://loki:3100", _LINES, ((TENANT, "main"),))
LOKI_AUDIT = Source("loki-audit", "loki", "http://loki:3100", _LINES, ((TENANT, "audit"),))

TEMPO = Source(
    "tempo",
    "tempo",
    "http://tempo:3200",
    {
        "tracesToLogsV2": {
            "datasourceUid": "loki",
            "customQuery": True,
            "query": '{${__tags}} | trace_id = "${__trace.traceId}"',
            "tags": [{"key": "service.name", "value": "service_name"}],
            # A line may be written a little before or after the span that it belongs to.
            "spanStartTimeShift": "-5m",
            "spanEndTimeShift": "5m",
        },
        "tracesToMetrics": {
            "datasourceUid": "prometheus",
            "spanStartTimeShift": "-30m",
            "spanEndTimeShift": "30m",
            "tags": [{"key": "service.name", "value": "service"}],
            "queries": [
                {
                    "name": "Requests per second",
                    "query": f"sum by (span_name) (rate({_SPAN_CALLS}{{$__tags}}[5m]))",
                },
                {
                    "name": "Failures per second",
                    "query": f"sum by (span_name) (rate({_SPAN_CALLS}"
                    '{$__tags, status_code="STATUS_CODE_ERROR"}[5m]))',
                },
                {
                    "name": "95th percentile of latency",
                    "query": "histogram_quantile(0.95, sum by (le, span_name) "
                    f"(rate({_SPAN_LATENCY}{{$__tags}}[5m])))",
                },
            ],
        },
        "serviceMap": {"datasourceUid": "prometheus"},
        "lokiSearch": {"datasourceUid": "loki"},
        "nodeGraph": {"enabled": True},
        "search": {"hide": False},
    },
)

PROMETHEUS = Source(
    "prometheus",
    "prometheus",
    "http://prometheus:9090",
    {
        "httpMethod": "POST",
        "timeInterval": "15s",
        "exemplarTraceIdDestinations": [{"name": "trace_id", **_TO_TRACE}],
    },
)

ALERTMANAGER = Source(
    "alertmanager", "alertmanager", "http://alertmanager:9093", {"implementation": "prometheus"}
)

OPERATIONS = (LOKI, TEMPO, PROMETHEUS, ALERTMANAGER)
AUDIT = (LOKI_AUDIT,)
"""Apart, so that an installation can give them to other readers than the rest."""

UIDS = {source.uid for source in (*OPERATIONS, *AUDIT)}
