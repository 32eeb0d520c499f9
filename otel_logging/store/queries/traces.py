"""One trace whole, and the list of traces."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from otel_logging.store.queries import logs, parameters
from otel_logging.store.queries.filters import Conditions
from otel_logging.store.queries.reader import Reader, TimeRange
from otel_logging.store.tables import LOGS, SPANS, Row, Table

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
_PAGE = """
SELECT trace_id, min(start_ns) AS started, max(end_ns) AS ended,
       max(end_ns) - min(start_ns) AS duration
FROM spans GROUP BY trace_id {having} ORDER BY {order} DESC, trace_id LIMIT {limit}
"""
_SUMMARIES = """
, written AS (
  SELECT trace_id, count(*) AS log_count FROM logs
  WHERE time_ns BETWEEN $first AND $last AND trace_id IN (SELECT unnest($trace_ids))
  GROUP BY trace_id
)
SELECT trace_id, arg_min(name, (parent_span_id IS NOT NULL, start_ns)),
       arg_min(service, (parent_span_id IS NOT NULL, start_ns)), min(start_ns) AS started,
       max(end_ns) - min(start_ns) AS duration, count(*), coalesce(any_value(log_count), 0),
       count(*) FILTER (status_code = 'ERROR'), list_sort(list_distinct(list(service)))
FROM spans LEFT JOIN written USING (trace_id)
WHERE start_ns BETWEEN $first AND $last AND trace_id IN (SELECT unnest($trace_ids))
GROUP BY trace_id ORDER BY {order} DESC, trace_id
"""
LONGEST_NS = 3600 * 10**9
"""How long after its first span a trace may go on: what came later is looked for no further."""


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
    within, order = parameters.time_range(params), _order(params)
    sql, tables, values = _page(params, within, order)
    page = reader.rows(sql, tables, values, _around(within))
    if not page:
        return []
    first, last = min(row[1] for row in page), max(row[2] for row in page)
    around = TimeRange(first - LONGEST_NS, last + LONGEST_NS)
    rows = reader.rows(
        _SUMMARIES.format(order=order),
        [SPANS, LOGS],
        {
            "trace_ids": [row[0] for row in page],
            "first": around.since_ns,
            "last": around.until_ns,
        },
        around,
    )
    return [_summary(row) for row in rows]


def _order(params: QueryParams) -> str:
    return parameters.choice(params, "order", {"newest": "started", "longest": "duration"})


def _page(
    params: QueryParams, within: TimeRange, order: str
) -> tuple[str, list[Table], dict[str, Any]]:
    """Return what asks for the traces of a page: the rest is asked of these only."""
    wanted = Conditions()
    wanted.between("started", within)
    if "service" in params:
        wanted.add("bool_or(service = $service)", service=params["service"])
    if parameters.flag(params, "failed"):
        wanted.add("bool_or(status_code = 'ERROR')")
    shortest_ns = int(parameters.number(params, "min_duration_ms") * 1e6)
    if shortest_ns:
        wanted.add("duration >= $shortest", shortest=shortest_ns)
    sql = _PAGE.format(having=wanted.of_groups, order=order, limit=parameters.limit(params))
    return sql, [SPANS], wanted.values


def _around(within: TimeRange) -> TimeRange:
    """Return the range in which all spans are of the traces that start within another."""
    since, until = within.since_ns, within.until_ns
    return TimeRange(
        None if since is None else since - LONGEST_NS,
        None if until is None else until + LONGEST_NS,
    )


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
