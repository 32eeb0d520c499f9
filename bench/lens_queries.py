"""What the pages ask: of the store as a path, of plain DuckDB as SQL with the same answer."""

from __future__ import annotations

from typing import Final

_NEWEST: Final = "ORDER BY time_ns DESC, uid LIMIT 200"
_TRACES: Final = """
WITH page AS (
  SELECT trace_id, min(start_ns) AS started FROM spans GROUP BY trace_id {having}
  ORDER BY started DESC, trace_id LIMIT 50
), written AS (
  SELECT trace_id, count(*) AS records FROM logs
  WHERE trace_id IN (SELECT trace_id FROM page) GROUP BY trace_id
)
SELECT trace_id, arg_min(name, (parent_span_id IS NOT NULL, start_ns)),
       arg_min(service, (parent_span_id IS NOT NULL, start_ns)), min(start_ns) AS started,
       max(end_ns) - min(start_ns), count(*), coalesce(any_value(records), 0),
       count(*) FILTER (status_code = 'ERROR'), list_sort(list(DISTINCT service))
FROM spans LEFT JOIN written USING (trace_id) WHERE trace_id IN (SELECT trace_id FROM page)
GROUP BY trace_id ORDER BY started DESC, trace_id
"""
_ERRORS: Final = """
WITH written AS (
  SELECT service, trace_id, span_id, time_ns AS moment, scope, body,
         json_extract_string(attributes, [
           '/exception.type', '/exception.message', '/exception.stacktrace']) AS said
  FROM logs WHERE severity >= 17
), found AS (
  SELECT service, trace_id, moment, coalesce(said[1], scope) AS type,
         coalesce(regexp_extract_all(said[3], 'File "[^"]*", line [0-9]+, in [^\\n]*')[-1], scope)
           AS place,
         coalesce(said[2], body) AS message
  FROM written
  UNION ALL
  SELECT service, trace_id, end_ns, 'failed span', lower(kind) || ' span ' || name,
         nullif(status_message, '')
  FROM spans ANTI JOIN written USING (trace_id, span_id) WHERE status_code = 'ERROR'
)
SELECT service, type, place, arg_max(message, moment), count(DISTINCT trace_id) AS failures,
       min(moment), max(moment), arg_max(trace_id, moment)
FROM found GROUP BY service, type, place ORDER BY failures DESC, max(moment) DESC LIMIT 100
"""
_MEASURES: Final = (
    "count(*), count(*) FILTER (status_code = 'ERROR'), "
    "quantile_cont(end_ns - start_ns, [0.5, 0.95])"
)

_QUERIES: Final[dict[str, tuple[str, ...]]] = {
    "newest records": ("/api/logs?limit=200", "SELECT * FROM logs {newest}"),
    "by service and level": (
        "/api/logs?limit=200&service=gateway&severity=WARN",
        "SELECT * FROM logs WHERE service = 'gateway' AND severity >= 13 {newest}",
    ),
    "by text": (
        "/api/logs?limit=200&text=expired",
        (
            "SELECT * FROM logs WHERE contains(lower(body), 'expired') "
            "OR contains(lower(attributes), 'expired') {newest}"
        ),
    ),
    "by attribute": (
        "/api/logs?limit=200&attribute=order.quantity%3D7",
        (
            "SELECT * FROM logs "
            "WHERE json_extract_string(attributes, '/order.quantity') = '7' {newest}"
        ),
    ),
    "by user": (
        "/api/logs?limit=200&user=u-77",
        "SELECT * FROM logs WHERE user_id = 'u-77' {newest}",
    ),
    "counts over time": (
        "/api/histogram?buckets=90",
        """WITH ends AS (SELECT min(time_ns) AS first, max(time_ns) AS last FROM logs)
           SELECT (time_ns - first) // ((last - first + 90) // 90) AS step, (severity - 1) // 4,
                  count(*) FROM logs, ends GROUP BY ALL""",
    ),
    "one trace": (
        "/api/traces/{trace_id}",
        "SELECT * FROM spans WHERE trace_id = '{trace_id}' ORDER BY start_ns",
        "SELECT * FROM logs WHERE trace_id = '{trace_id}' ORDER BY time_ns, uid",
    ),
    "newest traces": ("/api/traces?limit=50", _TRACES.format(having="")),
    "failed traces": (
        "/api/traces?limit=50&failed=true",
        _TRACES.format(having="HAVING bool_or(status_code = 'ERROR')"),
    ),
    "errors": ("/api/errors?limit=100", _ERRORS),
    "services": (
        "/api/services",
        (
            "SELECT service, count(*), count(*) FILTER (severity >= 17), min(time_ns), "
            "max(time_ns) FROM logs GROUP BY service ORDER BY service"
        ),
        (
            "SELECT service, count(*), count(*) FILTER (status_code = 'ERROR'), min(start_ns), "
            "max(end_ns) FROM spans GROUP BY service ORDER BY service"
        ),
    ),
    "service graph": (
        "/api/graph",
        (
            "SELECT service, {measures}, min(start_ns), max(end_ns) FROM spans "
            "WHERE kind IN ('SERVER', 'CONSUMER') GROUP BY service ORDER BY service"
        ),
        """SELECT caller, service, {measures} FROM (
              SELECT above.service AS caller, below.service, below.status_code, below.start_ns,
                     below.end_ns
              FROM spans below JOIN spans above
              ON above.trace_id = below.trace_id AND above.span_id = below.parent_span_id
              WHERE below.kind = 'SERVER' AND above.service <> below.service
            ) GROUP BY caller, service ORDER BY caller, service""",
    ),
}

QUERIES: Final = {
    name: (
        path,
        *(one.replace("{newest}", _NEWEST).replace("{measures}", _MEASURES) for one in sql),
    )
    for name, (path, *sql) in _QUERIES.items()
}
"""Path and statements by name. The data has no message, no event name and no exception event:
what the store does for these, plain DuckDB is spared."""
