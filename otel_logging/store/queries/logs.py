"""Searching log records."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.datastructures import QueryParams

from otel_logging.store.queries import parameters
from otel_logging.store.queries.filters import Conditions
from otel_logging.store.queries.reader import Question, Reader, TimeRange
from otel_logging.store.severity import lowest
from otel_logging.store.tables import LOGS, Row

PARAMETERS = (
    "service",
    "severity",
    "text",
    "scope",
    "trace_id",
    "span_id",
    "user",
    "attribute",
    "since",
    "until",
    "limit",
    "order",
)
COLUMNS = (
    "uid, time_ns, severity_text, body, structured, service, scope, trace_id, span_id, "
    "event_name, attributes, resource"
)


def search(reader: Reader, params: QueryParams) -> list[dict[str, Any]]:
    """Return the records that match every parameter, by time.

    Raises:
        ParameterError: When a parameter is unknown or cannot be read.
    """
    parameters.check_names(params, PARAMETERS)
    within = parameters.time_range(params)
    wanted = conditions(params, within)
    most = parameters.limit(params)
    newest_first = parameters.descending(params)
    order = f"time_ns {'DESC' if newest_first else 'ASC'}, uid"
    sql = f"SELECT {COLUMNS} FROM logs {wanted.sql} ORDER BY {order} LIMIT {most}"  # noqa: S608
    asked = Question(sql, LOGS, wanted.values)
    rows = reader.first_rows(most, asked, within, newest_first=newest_first)
    return [record(row) for row in rows]


def of_trace(reader: Reader, trace_id: str) -> list[dict[str, Any]]:
    """Return a trace's records, oldest first."""
    rows = reader.rows(
        f"SELECT {COLUMNS} FROM logs WHERE trace_id = $trace_id ORDER BY time_ns, uid",  # noqa: S608
        [LOGS],
        {"trace_id": trace_id},
    )
    return [record(row) for row in rows]


def record(row: Row) -> dict[str, Any]:
    """Return a row of `COLUMNS` in the record's JSON form."""
    uid, time_ns, severity, body, structured, *names, attributes, resource = row
    service, scope, trace_id, span_id, event_name = names
    return {
        "timestamp": parameters.rfc3339(time_ns),
        "severity": severity,
        "body": raw(body) if structured else body,
        "service": service,
        "scope": scope,
        "trace_id": trace_id,
        "span_id": span_id,
        "event_name": event_name,
        "attributes": raw(attributes),
        "resource": raw(resource),
        "uid": uid,
    }


def raw(text: str) -> msgspec.Raw:
    """Return JSON text that goes into an answer as it is."""
    return msgspec.Raw(text.encode())


def conditions(params: QueryParams, within: TimeRange) -> Conditions:
    """Return what the parameters of a search ask of a record.

    Raises:
        ParameterError: When a parameter cannot be read.
    """
    wanted = Conditions()
    wanted.equal(params, service="service", scope="scope", user="user_id")
    wanted.equal(params, trace_id="trace_id", span_id="span_id")
    wanted.between("time_ns", within)
    if "severity" in params:
        wanted.add("severity >= $severity", severity=lowest(params["severity"]))
    if "text" in params:
        wanted.add(
            "(contains(lower(body), $text) OR contains(lower(attributes), $text))",
            text=params["text"].lower(),
        )
    wanted.attributes(params)
    return wanted
