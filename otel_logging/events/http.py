"""Requests that a service serves: their start and their end.

Method, path, route, client address and user agent stand on these records as on every other
that is written while the request is served; see `otel_logging.integrations.fastapi`.
"""

from __future__ import annotations

import logging

from otel_logging import semconv
from otel_logging.events.declare import Values, event
from otel_logging.events.fields import Captured


def _level_of_status(values: Values) -> int:
    status = values.get("status_code")
    if not isinstance(status, int) or status >= 500:
        return logging.ERROR
    return logging.WARNING if status >= 400 else logging.INFO


@event(semconv.EVENT_HTTP_SERVER_REQUEST_STARTED, "request started", level=logging.INFO)
def http_server_request_started(
    *,
    request_size: int | None = None,
    query: str | None = None,
    request_body: Captured | None = None,
) -> None:
    """A request began.

    Args:
        request_size: Size of its body in bytes, where it is known beforehand.
        query: The query string without `?`, where capture is on.
        request_body: The body, where capture is on and it is there already.
    """


@event(semconv.EVENT_HTTP_SERVER_REQUEST_FINISHED, "request finished", level=_level_of_status)
def http_server_request_finished(
    *,
    status_code: int,
    duration_seconds: float,
    request_size: int | None = None,
    response_size: int | None = None,
    request_body: Captured | None = None,
    response_body: Captured | None = None,
) -> None:
    """A request ended: INFO below status 400, WARNING below 500, ERROR from there on.

    Args:
        status_code: Status of the response (RFC 9110, section 15).
        duration_seconds: From the first byte in to the last byte out, in seconds.
        request_size: Size of the request's body in bytes.
        response_size: Size of the response's body in bytes.
        request_body: The request's body, where capture is on.
        response_body: The response's body, where capture is on.
    """
