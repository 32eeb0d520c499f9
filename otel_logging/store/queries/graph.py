"""Which service calls which: rates, errors and latency, from the spans."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from otel_logging.store.queries import parameters
from otel_logging.store.queries.filters import Conditions
from otel_logging.store.queries.reader import Reader, TimeRange
from otel_logging.store.tables import SPANS, Row

PARAMETERS = ("since", "until")

_MEASURES = """
count(*) AS calls, count(*) FILTER (status_code = 'ERROR') AS errors,
quantile_cont(end_ns - start_ns, [0.5, 0.95]) AS latency
"""
_NODES = """
SELECT service, {measures}, min(start_ns), max(end_ns) FROM spans {where} GROUP BY service
ORDER BY service
"""
_EDGES = """
, placed AS NOT MATERIALIZED (SELECT trace_id, span_id, service FROM spans)
, requested AS (
  SELECT above.service AS caller, below.service, status_code, start_ns, end_ns
  FROM spans below JOIN placed above
  ON above.trace_id = below.trace_id AND above.span_id = below.parent_span_id
  {where} AND below.kind = 'SERVER' AND above.service <> below.service
)
, consumed AS MATERIALIZED (
  SELECT trace_id, span_id, parent_span_id, service, status_code, start_ns, end_ns, links
  FROM spans {where} AND kind = 'CONSUMER'
)
, sent AS (
  SELECT trace_id AS sender_trace, parent_span_id AS sender, * EXCLUDE (parent_span_id, links)
  FROM consumed
  UNION ALL
  SELECT json_extract_string(link, '$.trace_id'), json_extract_string(link, '$.span_id'),
         * EXCLUDE (link)
  FROM (SELECT * EXCLUDE (parent_span_id, links), unnest(json_extract(links, '$[*]')) AS link
        FROM consumed WHERE links <> '[]')
)
, received AS (
  SELECT DISTINCT above.service AS caller, sent.* EXCLUDE (sender_trace, sender)
  FROM sent JOIN placed above ON above.trace_id = sender_trace AND above.span_id = sender
)
, called AS (
  SELECT *, false AS message FROM requested
  UNION ALL
  SELECT caller, service, status_code, start_ns, end_ns, true FROM received
)
SELECT caller, service, bool_or(message), {measures} FROM called
GROUP BY caller, service ORDER BY caller, service
"""
ENTRY = "kind IN ('SERVER', 'CONSUMER')"
"""A span of one of these kinds is where a service takes up work."""
LONGEST_WAY_NS = 24 * 3600 * 10**9
"""How long a message may have waited: its sender is looked for no further back."""


def graph(reader: Reader, params: QueryParams) -> dict[str, Any]:
    """Return services and who calls them, by request or by message (a message links, too).

    Raises:
        ParameterError: When a parameter is unknown or cannot be read.
    """
    parameters.check_names(params, PARAMETERS)
    within = parameters.time_range(params)
    wanted = Conditions()
    wanted.add(ENTRY)
    wanted.between("start_ns", within)
    since = within.since_ns
    callers = TimeRange(since and since - LONGEST_WAY_NS, within.until_ns)
    nodes, edges = (sql.format(measures=_MEASURES, where=wanted.sql) for sql in (_NODES, _EDGES))
    return {
        "nodes": [_node(row) for row in reader.rows(nodes, [SPANS], wanted.values, within)],
        "edges": [_edge(row) for row in reader.rows(edges, [SPANS], wanted.values, callers)],
    }


def _node(row: Row) -> dict[str, Any]:
    service, calls, errors, latency, first, last = row
    seen = {"first_ns": first, "last_ns": last}
    return {"service": service, **_measures(calls, errors, latency), **seen}


def _edge(row: Row) -> dict[str, Any]:
    caller, service, messages, calls, errors, latency = row
    ends = {"caller": caller, "service": service, "by_message": messages}
    return {**ends, **_measures(calls, errors, latency)}


def _measures(calls: int, errors: int, latency: list[float]) -> dict[str, Any]:
    median, p95 = (int(value) for value in latency)
    return {"calls": calls, "errors": errors, "median_ns": median, "p95_ns": p95}
