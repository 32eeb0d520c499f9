"""The ASGI middleware that stands inside the server span."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.util.http import sanitize_method

from otel_logging import semconv
from otel_logging.context import add_request_attributes, request_scope
from otel_logging.integrations.fastapi.debug import debug_if_asked
from otel_logging.integrations.unhandled import log_once

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ROUTE: Final = "otel_logging.route"
"""Key of the ASGI scope under which the matched route template stands."""

MAX_USER_AGENT_CHARS: Final = 256
MAX_REQUEST_ID_CHARS: Final = 128

_SERVED: Final = "otel_logging.served"
_TRACE_ID_HEADER: Final = b"x-trace-id"

_logger = logging.getLogger("otel_logging.integrations.fastapi")


class RequestMiddleware:
    """Puts the request's attributes on records and its trace ID into the response.

    Args:
        app: The ASGI app that the server span surrounds.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; start and end of the app pass untouched."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        # A mounted app that is instrumented too belongs to the same request.
        if scope.get(_SERVED):
            add_request_attributes(_route(scope))
            await self.app(scope, receive, send)
            return
        span = trace.get_current_span()
        attributes = request_attributes(scope)
        scope[_SERVED] = True
        request_id = attributes.get(semconv.HTTP_REQUEST_HEADER_X_REQUEST_ID)
        if request_id is not None:
            span.set_attribute(semconv.HTTP_REQUEST_HEADER_X_REQUEST_ID, request_id)
        with request_scope(attributes), debug_if_asked(scope):
            try:
                await self.app(scope, receive, _with_trace_id(send, span.get_span_context()))
            except Exception as error:
                log_once(_logger, "Unhandled exception while serving a request", error)
                raise


def request_attributes(scope: Scope) -> dict[str, Any]:
    """Return what records say about a request or a WebSocket, by OpenTelemetry's conventions.

    What the caller chose freely is capped: the user agent at 256 characters, the
    request ID at 128.
    """
    headers = _first_values(scope, (b"user-agent", b"x-request-id"))
    attributes = {
        # A WebSocket begins with a GET (RFC 6455, section 4.1), which its scope does not name.
        semconv.HTTP_REQUEST_METHOD: sanitize_method(scope.get("method", "GET")),
        semconv.URL_PATH: scope["path"],
        **_route(scope),
        semconv.CLIENT_ADDRESS: (scope.get("client") or (None,))[0] or None,
    }
    if b"user-agent" in headers:
        user_agent = headers[b"user-agent"][:MAX_USER_AGENT_CHARS]
        attributes[semconv.USER_AGENT_ORIGINAL] = user_agent
    if b"x-request-id" in headers:
        request_id = headers[b"x-request-id"][:MAX_REQUEST_ID_CHARS]
        attributes[semconv.HTTP_REQUEST_HEADER_X_REQUEST_ID] = [request_id]
    return {name: value for name, value in attributes.items() if value is not None}


def _route(scope: Scope) -> dict[str, str]:
    route = scope.get(ROUTE)
    if route is None:
        return {}
    # Where the app is mounted, less what a proxy in front of the server takes off.
    mount = scope.get("root_path", "").removeprefix(scope.get("app_root_path", ""))
    return {semconv.HTTP_ROUTE: f"{mount}{route}" if scope.get(_SERVED) else route}


def _first_values(scope: Scope, names: tuple[bytes, ...]) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in names:
            found.setdefault(name, value.decode("latin-1"))
    return found


def _with_trace_id(send: Send, span_context: trace.SpanContext) -> Send:
    if not span_context.is_valid:
        return send
    header = (_TRACE_ID_HEADER, f"{span_context.trace_id:032x}".encode())

    async def send_with_trace_id(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [each for each in message.get("headers", ()) if each[0] != _TRACE_ID_HEADER]
            message = {**message, "headers": [*others, header]}
        await send(message)

    return send_with_trace_id
