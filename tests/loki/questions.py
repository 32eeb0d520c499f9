"""What Grafana asks for the provisioned links and dashboards, and what the field table promises.

The queries of links, dashboards, runbooks and alerts are read from their files. Two things are
Grafana's own and stand here: the queries of its service graph, and that a derived field looks at a
line's labels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from grafana.reading import Query
from tests.alerting import runbooks
from tests.grafana import asked

ROOT = Path(__file__).resolve().parents[2]
PROVISIONED = ROOT / "grafana" / "provisioning" / "datasources" / "datasources.yaml"
SPAN_METRICS = "traces_spanmetrics_latency_bucket"

_SERVICE_GRAPH = {
    "requests": "sum by (client, server) (rate(traces_service_graph_request_total{}[$__range]))",
    "seconds": (
        "sum by (client, server) "
        "(rate(traces_service_graph_request_server_seconds_sum{}[$__range]))"
    ),
    "rate": "sum(rate(traces_spanmetrics_calls_total{}[$__range])) by (span_name)",
    "duration": (
        "histogram_quantile(.9, sum(rate(traces_spanmetrics_latency_bucket{}[$__range])) by (le))"
    ),
}


@dataclass(frozen=True)
class Field:
    """A field of the log format that was asked for.

    Attributes:
        asked: its name there.
        by: the filter that finds lines by its value.
        service: whose line has it.
    """

    asked: str
    by: str
    service: str = "gateway"


FIELDS = (
    Field("level", '| severity_text="$value"'),
    Field("level as a number", '| severity_number="$value"'),
    Field("msg", '|= "$value"'),
    Field("serviceId", '| service_name="$value"'),
    Field("requestId", '| trace_id="$value"'),
    Field("requestId: the operation", '| span_id="$value"'),
    Field(
        "requestId: the caller's own",
        '| http_request_header_x_request_id="[\\"$value\\"]" '
        'or http_request_header_x_request_id_0="$value"',
    ),
    Field("userId", '| user_id="$value"'),
    Field("userId: a role", '| user_roles=~`.*"$value".*` or user_roles_0="$value"'),
    Field("path", '| url_path="$value"'),
    Field("path: the route", '| http_route="$value"'),
    Field("method", '| http_request_method="$value"'),
    Field("clientIp", '| client_address="$value"'),
    Field("userAgent", '| user_agent_original="$value"'),
    Field("component", '| scope_name="$value"'),
    Field("additionalContext", '| order_item="$value"'),
    Field("additionalContext: the event", '| event_name="$value"'),
    Field("destination of a message", '| messaging_destination_name="$value"', "event-service"),
    Field("ID of a message", '| messaging_message_id="$value"', "event-service"),
)
"""All but the timestamp, which is not asked for by name: it is the line's own time."""


@dataclass(frozen=True)
class Question:
    """One thing that is asked.

    Attributes:
        name: what it is for.
        to: the data source that is asked.
        query: the query, its variables not filled in.
        by: the data source whose answer leads there.
    """

    name: str
    to: str
    query: str
    by: str = "loki"


def sources() -> dict[str, dict[str, Any]]:
    """The settings of each provisioned data source as Grafana reads them, by its type."""
    file = yaml.safe_load(PROVISIONED.read_text().replace("$$", "$"))
    return {source["type"]: source["jsonData"] for source in file["datasources"]}


def questions() -> list[Question]:
    """Everything that is asked."""
    return [*_links(sources()), *_graph(), *_fields(), *_boards(), *_runbooks(), *_alerts()]


def of_dashboards() -> dict[str, Query]:
    """What dashboards ask Loki and Tempo, by the question's name; the graph stands apart."""
    return {
        f"dashboard {one.dashboard}: {one.panel}, {one.ref}": one
        for one in asked.queries("loki", "tempo")
        if one.how != "serviceMap"
    }


def digest() -> str:
    """A SHA-256 over all questions: another one when any has changed."""
    asked = [[one.name, one.to, one.query] for one in questions()]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _links(given: dict[str, dict[str, Any]]) -> Iterator[Question]:
    for derived in given["loki"]["derivedFields"]:
        about = f"{derived['matcherType']} {derived['matcherRegex']}: {derived['url']}"
        yield Question("trace of a line", derived["datasourceUid"], about)
    lines = given["tempo"]["tracesToLogsV2"]
    tags = ", ".join(f"{tag['key']} as {tag['value']}" for tag in lines["tags"])
    span = f"from {lines['spanStartTimeShift']} to {lines['spanEndTimeShift']} around the span"
    query = f"{lines['query']} with {tags}, {span}"
    yield Question("lines of a span", lines["datasourceUid"], query)
    metrics = given["tempo"]["tracesToMetrics"]
    for query in metrics["queries"]:
        name = f"metrics of a span: {query['name']}"
        yield Question(name, metrics["datasourceUid"], query["query"])
    for link in given["prometheus"]["exemplarTraceIdDestinations"]:
        query = f"{link['name']} of {SPAN_METRICS}"
        yield Question("trace of an exemplar", link["datasourceUid"], query, by="prometheus")


def _graph() -> Iterator[Question]:
    for name, query in _SERVICE_GRAPH.items():
        yield Question(f"service graph: {name}", "prometheus", query)


def _fields() -> Iterator[Question]:
    for field in FIELDS:
        yield Question(f"field: {field.asked}", "loki", field_query(field))


def _boards() -> Iterator[Question]:
    for name, query in of_dashboards().items():
        yield Question(name, query.source, query.text)
    yield Question("services to choose from", "loki", "label_values(service_name)")


def _runbooks() -> Iterator[Question]:
    to = {"logql": "loki", "traceql": "tempo"}
    for one in runbooks.queries(*to):
        yield Question(f"runbook: {one.name}", to[one.language], one.text)


def _alerts() -> Iterator[Question]:
    for (source, query), alert in asked.queries_of_alerts().items():
        yield Question(f"alert: {alert}, {source}", source, query)


def field_query(field: Field) -> str:
    """The query for a field's value in one trace."""
    return f'{{service_name="{field.service}"}} | trace_id="$trace" {field.by}'
