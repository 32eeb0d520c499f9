"""Unhandled exceptions."""

from __future__ import annotations

import logging

import httpx
from fastapi import Request
from fastapi.responses import StreamingResponse
from opentelemetry.trace import StatusCode

from otel_logging.integrations.unhandled import mark_logged
from tests.integrations.fastapi.shop import log, make_app, served


async def test_unhandled_exception_is_logged_once(records, spans) -> None:
    """R1.1: one traceback, with the trace ID that the 500 response carries."""
    app = make_app()
    async with served(app) as url, httpx.AsyncClient() as client:
        response = await client.get(f"{url}/broken")

    (record,) = [each for each in records.written if each.exception is not None]
    assert response.status_code == 500
    assert isinstance(record.exception, LookupError)
    assert record.level == logging.ERROR
    assert record.trace_id == response.headers["x-trace-id"]
    assert record.attributes["http.route"] == "/broken"
    (server,) = spans.get_finished_spans()
    assert server.status.status_code is StatusCode.ERROR


async def test_exception_that_the_app_has_logged(records, spans) -> None:
    """R3.1: an app that logs exceptions with a severity of its own gets no second record."""
    app = make_app()

    @app.exception_handler(Exception)
    async def handle(_request: Request, error: Exception) -> StreamingResponse:
        log.warning("dependency failed", exc_info=error)
        mark_logged(error)
        return StreamingResponse(iter([b"sorry"]), status_code=503)

    async with served(app) as url, httpx.AsyncClient() as client:
        response = await client.get(f"{url}/broken")

    (record,) = [each for each in records.written if each.exception is not None]
    assert (record.logger, response.status_code) == ("shop", 503)
    assert record.trace_id == response.headers["x-trace-id"]
