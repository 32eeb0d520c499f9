"""From a query to LogQL (https://grafana.com/docs/loki/latest/query/)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from otel_logging import semconv
from otel_logging.backends.interface import BackendError, LogQuery
from otel_logging.backends.loki_tempo.names import loki_name
from otel_logging.store.errors import ParameterError
from otel_logging.store.severity import lowest

EVERYTHING = f'{{{loki_name(semconv.SERVICE_NAME)}=~".+"}}'


def quoted(text: str) -> str:
    """Return a text as a string of LogQL and TraceQL, which is Go's."""
    return msgspec.json.encode(text).decode()


def of(query: LogQuery) -> str:
    """Return the LogQL of all conditions but time and text."""
    service = query.service
    label = loki_name(semconv.SERVICE_NAME)
    selector = f"{{{label}={quoted(service)}}}" if service is not None else EVERYTHING
    return " | ".join([selector, *_conditions(query)])


def _conditions(query: LogQuery) -> Iterator[str]:
    wanted = {
        "scope_name": query.scope,
        "trace_id": query.trace_id,
        "span_id": query.span_id,
        semconv.USER_ID: query.user,
        **query.attributes,
    }
    for name, value in wanted.items():
        if value is not None:
            yield f"{loki_name(name)}={quoted(value)}"
    if query.severity is not None:
        yield f"severity_number>={_number(query.severity)}"


def _number(severity: str) -> int:
    try:
        return lowest(severity)
    except ParameterError as error:
        raise BackendError(str(error)) from error
