"""One trace whole, and the list of traces."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from otel_logging.store.queries import logs, parameters
from otel_logging.store.queries.filters import Conditions
from otel_logging.store.queries.reader import Reader
from otel_logging.store.tables import LOGS, SPANS, Row

PARAMETERS = ("service", "min_duration_ms", "failed", "since", "until", "limit", "order")
AMBIGUOUS_SHOWN = 5

_SPAN = """
SELECT trace_id, span_id, parent_span_id, name, kind, service, scope, start_ns, end_ns,
       status_code, status_message, attributes, events, links, resource
FROM spans WHERE trace_id = $trace_id ORDER BY start_ns, end_ns DESC, span_id
"""
_IDS = """
SELECT DISTINCT trace_id FROM (SELECT trace_id FROM spans UNION ALL SELECT trace_id FROM logs)
WHERE trace_id >= $low AND trace_id < $high ORDER BY trace_id LIMIT {limit}
"""
_LIST = """
, chosen AS (
  SELECT trace_id, min(start_ns) AS started, max(end_ns) - min(start_ns) AS duration,
         count(*) AS span_count, count(*) FILTER (status_code = 'ERROR') AS errors,
         list_sort(list_distinct(list(service))) AS services,
         arg_min(name, (parent_span_id IS NOT NULL, start_ns)) AS root_name,
         arg_min(service, (parent_span_id IS NOT NULL, start_ns)) AS root_service
  FROM spans GROUP BY trace_id
)
, page AS (SELECT * FROM chosen {where} ORDER BY {order} DESC, trace_id LIMIT {limit})
, written AS (SELECT trace_id, count(*) AS log_count FROM logs
              WHERE trace_id IN (SELECT trace_id FROM page) GROUP BY trace_id)
SELECT trace_id, root_name, root_service, started, duration, span_count,
       coalesce(log_count, 0), errors, services
FROM page LEFT JOIN written USING (trace_id) ORDER BY {order} DESC, trace_id
"""


def ids(reader: Reader, prefix: str) -> list[str]:
    """Return the first few trace IDs that start with a prefix of hex digits."""
    rows = reader.rows(
        _IDS.format(limit=AMBIGUOUS_SHOWN),
        [SPANS, LOGS],
        {"low": prefix, "high": prefix + "g"},
    )
    return [row[0] for row in rows]


def trace(reader: Reader, trace_id: str) -> dict[str, Any] | None:
    """Return a trace's spans by start and its records by time; None when there are neither."""
    spans = [_span(row) for row in reader.rows(_SPAN, [SPANS], {"trace_id": trace_id})]
    records = logs.of_trace(reader, trace_id)
    if not spans and not records:
        return None
    return {"trace_id": trace_id, "spans": spans, "logs": records}


def listing(reader: Reader, params: QueryParams) -> list[dict[str, Any]]:
    """Return traces that match every parameter, the newest or the longest first.

    A trace that failed has an ERROR span.

    Raises:
        ParameterError: When a parameter is unknown or cannot be read.
    """
    parameters.check_names(params, PARAMETERS)
    wanted = Conditions()
    wanted.between("started", parameters.time_range(params))
    if "service" in params:
        wanted.add("list_contains(services, $service)", service=params["service"])
    if parameters.flag(params, "failed"):
        wanted.add("errors > 0")
    shortest_ns = int(parameters.number(params, "min_duration_ms") * 1e6)
    wanted.add("duration >= $shortest", shortest=shortest_ns)
    order = parameters.choice(params, "order", {"newest": "started", "longest": "duration"})
    sql = _LIST.format(where=wanted.sql, limit=parameters.limit(params), order=order)
    return [_summary(row) for row in reader.rows(sql, [SPANS, LOGS], wanted.values)]


def _span(row: Row) -> dict[str, Any]:
    trace_id, span_id, parent, name, kind, service, scope, start, end, code, message, *texts = row
    attributes, events, links, resource = (logs.raw(text) for text in texts)
    return {
        "trace_id": trace_id,
        "span_id": span_id,
        "parent_span_id": parent,
        "name": name,
        "kind": kind,
        "service": service,
        "scope": scope,
        "start_unix_nano": start,
        "end_unix_nano": end,
        "status": {"code": code, "message": message},
        "attributes": attributes,
        "events": events,
        "links": links,
        "resource": resource,
    }


def _summary(row: Row) -> dict[str, Any]:
    names = (
        "trace_id",
        "root_name",
        "root_service",
        "start_unix_nano",
        "duration_ns",
        "span_count",
        "log_count",
        "error_count",
        "services",
    )
    return dict(zip(names, row, strict=True))
