"""Errors grouped by service, type and place: records from ERROR up, and failed spans.

A failed span counts only when no such record was written in it, and a transaction counts once for
each type and place, however often the failure is told on its way up. The
place is the innermost frame of the stack, else where the record was written or the span's name.
"""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from otel_logging import semconv
from otel_logging.store.queries import parameters
from otel_logging.store.queries.filters import Conditions
from otel_logging.store.queries.reader import Reader, TimeRange
from otel_logging.store.severity import ERROR
from otel_logging.store.tables import LOGS, SPANS, Row

PARAMETERS = ("service", "since", "until", "limit")
SPAN_SLACK_NS = 3600 * 10**9
"""How long a span may run before the record that tells of its failure."""

_FRAME = r"""'File "[^"]*", line [0-9]+, in [^\n]*'"""
_SQL = """
, written AS (
  SELECT service, trace_id, span_id, time_ns AS moment, scope, event_name, body,
         json_extract_string(
           attributes, ['/{type}', '/{message}', '/{stack}', '/{file}', '/{line}']) AS said
  FROM logs WHERE severity >= {error}
)
, failed AS (
  SELECT service, trace_id, span_id, end_ns AS moment, name, kind, status_message, events,
         attributes
  FROM spans WHERE status_code = 'ERROR'
)
, untold AS (
  SELECT service, trace_id, moment, lower(kind) || ' span ' || name AS name, status_message,
         json_extract_string(attributes, ['/{error_type}', '/url.full']) AS said,
         CASE WHEN events <> '[]' THEN
           [json_extract_string(events, '$[*].attributes."{type}"')[-1],
            json_extract_string(events, '$[*].attributes."{message}"')[-1],
            json_extract_string(events, '$[*].attributes."{stack}"')[-1]] END AS told
  FROM failed ANTI JOIN written USING (trace_id, span_id)
)
, found AS (
  SELECT service, trace_id, moment, coalesce(said[1], event_name, scope) AS type,
         coalesce(nullif(regexp_extract_all(said[3], {frame})[-1], ''), said[4] || ':' || said[5],
                  scope) AS place,
         coalesce(said[2], body) AS message
  FROM written
  UNION ALL
  SELECT service, trace_id, moment, coalesce(told[1], said[1], 'failed span'),
         coalesce(nullif(regexp_extract_all(told[3], {frame})[-1], ''), name),
         coalesce(told[2], nullif(status_message, ''), said[2])
  FROM untold
)
SELECT service, type, place, arg_max(message, moment),
       count(DISTINCT coalesce(trace_id, moment::VARCHAR)) AS failures, min(moment), max(moment),
       arg_max(trace_id, moment)
FROM found {where} GROUP BY service, type, place
ORDER BY failures DESC, max(moment) DESC LIMIT {limit}
"""


def errors(reader: Reader, params: QueryParams) -> list[dict[str, Any]]:
    """Return the groups of errors in a time range, the most frequent first.

    Raises:
        ParameterError: When a parameter is unknown or cannot be read.
    """
    parameters.check_names(params, PARAMETERS)
    within = parameters.time_range(params)
    wanted = Conditions()
    wanted.equal(params, service="service")
    wanted.between("moment", within)
    sql = _SQL.format(
        type=semconv.EXCEPTION_TYPE,
        message=semconv.EXCEPTION_MESSAGE,
        stack=semconv.EXCEPTION_STACKTRACE,
        file=semconv.CODE_FILE_PATH,
        line=semconv.CODE_LINE_NUMBER,
        error_type=semconv.ERROR_TYPE,
        error=ERROR,
        frame=_FRAME,
        where=wanted.sql,
        limit=parameters.limit(params),
    )
    rows = reader.rows(sql, [LOGS, SPANS], wanted.values, _with_spans(within))
    return [_group(row) for row in rows]


def _with_spans(within: TimeRange) -> TimeRange:
    since = within.since_ns
    return TimeRange(None if since is None else since - SPAN_SLACK_NS, within.until_ns)


def _group(row: Row) -> dict[str, Any]:
    service, kind, place, message, count, first, last, trace_id = row
    return {
        "service": service,
        "type": kind,
        "place": place,
        "message": message or "",
        "count": count,
        "first_seen": parameters.rfc3339(first),
        "last_seen": parameters.rfc3339(last),
        "trace_id": trace_id,
    }
