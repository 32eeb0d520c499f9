"""One event when a request begins, one when it ends, and a line about those that are slow.

    app.add_middleware(RequestLog, settings=RequestLogSettings.from_environ(os.environ))

The events are `http.server.request.started` and `http.server.request.finished`; the request's own
attributes stand on them as on every record. Latency and requests in flight are measured by
opentelemetry-instrumentation-fastapi: `http.server.request.duration`, `http.server.active_requests`.

Bodies and the query are captured where `RequestLogSettings` says so. What goes through is never
changed, delayed or held back: uploads and streams pass as they come.
"""  # noqa: E501 - names are as long as they are

from __future__ import annotations

import logging
from http import HTTPStatus
from time import perf_counter
from typing import Any

from otel_logging import semconv
from otel_logging.events import http_server_request_finished, http_server_request_started
from otel_logging.integrations.fastapi import capture
from otel_logging.integrations.fastapi.request import App, Message, Receive, Scope, Send
from otel_logging.integrations.fastapi.request_log_settings import RequestLogSettings

_logger = logging.getLogger("otel_logging.integrations.fastapi")


class RequestLog:
    """Pure ASGI middleware that tells of each request.

    Args:
        app: The ASGI app that serves it.
        settings: What is captured; nothing by default.

    Raises:
        PolicyError: Something is to be captured, and the redaction policy cannot be used.
    """

    def __init__(self, app: App, settings: RequestLogSettings | None = None) -> None:
        self.app = app
        self._settings = settings or RequestLogSettings()
        if self._settings.parts:
            capture.prepare()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; everything but an HTTP request passes untouched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, self._settings)
        exchange.started()
        try:
            await self.app(scope, exchange.receiving(receive), exchange.sending(send))
        finally:
            exchange.finished()


class _Exchange:
    """A request and its response, as they pass."""

    __slots__ = ("_began", "_length", "_request", "_response", "_scope", "_settings", "_status")

    def __init__(self, scope: Scope, settings: RequestLogSettings) -> None:
        self._scope = scope
        self._settings = settings
        self._began = perf_counter()
        # What the server answers when the app does not.
        self._status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
        self._request = capture.Body("request_body", settings)
        self._response = capture.Body("response_body", settings)
        self._request.headers(scope["headers"])
        self._length = _content_length(scope)

    def started(self) -> None:
        http_server_request_started(
            request_size=self._length, query=capture.captured_query(self._scope, self._settings)
        )

    def receiving(self, receive: Receive) -> Receive:
        """Count what comes in, where its length is not known or it is captured."""
        if self._length is not None and not self._request.wanted:
            return receive

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                self._request.pass_on(message)
            return message

        return receiving

    def sending(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                self._response.headers(message.get("headers", ()))
            elif message["type"] == "http.response.body":
                self._response.pass_on(message)
            await send(message)

        return sending

    def finished(self) -> None:
        duration = round(perf_counter() - self._began, 6)
        http_server_request_finished(
            status_code=self._status,
            duration_seconds=duration,
            request_size=self._request.size or self._length or 0,
            response_size=self._response.size,
            request_body=self._request.captured(),
            response_body=self._response.captured(),
        )
        if duration >= self._settings.slow:
            about: dict[str, Any] = {
                semconv.HTTP_SERVER_REQUEST_DURATION: duration,
                semconv.HTTP_RESPONSE_STATUS_CODE: self._status,
            }
            _logger.warning("slow request", extra=about)


def _content_length(scope: Scope) -> int | None:
    """The size that the client promises; 0 without a body, None where it is not said."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() else None
