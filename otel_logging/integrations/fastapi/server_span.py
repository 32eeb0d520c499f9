"""A request's server span, for less than opentelemetry-instrumentation-asgi spends on it.

`serve` stands in for `OpenTelemetryMiddleware.__call__`. Span, attributes and metrics are the
same (`tests/integrations/fastapi/test_server_span.py` compares them), but what is the same for
many requests is found out once: the route of a path without parameters, what method, server and
user agent add to the attributes, and the attributes of metrics.

Where the middleware is set up in another way than `opentelemetry-instrument` does it (hooks,
captured headers, conventions before HTTP was stable, spans of `send` and `receive`), and for
WebSockets and requests inside another span, OpenTelemetry's own code runs.
"""

from __future__ import annotations

import functools
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.instrumentation import propagators
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.propagate import extract
from opentelemetry.propagators.textmap import Getter
from opentelemetry.semconv.attributes.client_attributes import CLIENT_PORT
from opentelemetry.semconv.attributes.network_attributes import NETWORK_PROTOCOL_VERSION
from opentelemetry.semconv.attributes.url_attributes import URL_SCHEME
from opentelemetry.trace import SpanKind, Status, StatusCode

from otel_logging import semconv
from otel_logging.integrations.fastapi.request import ROUTE, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

MAX_PATHS: Final = 1024
"""Most paths of which the route is remembered."""

_MEASURED: Final = (
    semconv.HTTP_REQUEST_METHOD,
    URL_SCHEME,
    NETWORK_PROTOCOL_VERSION,
    semconv.HTTP_ROUTE,
)
_SPAN: Final = "_otel_logging_server_span"
_SERVER_ERROR: Final = 500
_response_propagator: Final[Any] = propagators.get_global_response_propagator


def make_server_span(middleware: Any) -> None:
    """Let `serve` handle the requests of an `OpenTelemetryMiddleware`, where it can."""
    if _is_plain(middleware):
        setattr(middleware, _SPAN, ServerSpan(middleware))


async def serve(
    wrapped: Callable[..., Awaitable[None]],
    middleware: Any,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> None:
    """Serve a connection by the middleware's `ServerSpan`, or by its own code."""
    server_span: ServerSpan | None = getattr(middleware, _SPAN, None)
    if server_span is None or kwargs or not server_span.fits(args[0]):
        await wrapped(*args, **kwargs)
    else:
        await server_span(*args)


def _is_plain(middleware: Any) -> bool:
    """Tell whether a middleware does only what `ServerSpan` does, too."""
    unwanted = (
        "server_request_hook",
        "client_request_hook",
        "client_response_hook",
        "http_capture_headers_server_request",
        "http_capture_headers_server_response",
        "duration_histogram_old",
    )
    return (
        not any(getattr(middleware, name) for name in unwanted)
        and middleware.duration_histogram_new is not None
        and middleware.exclude_receive_span
        and middleware.exclude_send_span
    )


class ServerSpan:
    """Makes the server spans of the requests to one app, and measures them.

    Args:
        middleware: The `OpenTelemetryMiddleware` for which it does so; its tracer and its
            instruments are used.
    """

    def __init__(self, middleware: Any) -> None:
        self._middleware = middleware
        self._routes: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}

    def fits(self, scope: Scope) -> bool:
        """Tell whether a connection is a request outside of other spans that is to be traced."""
        if scope["type"] != "http" or not is_http_instrumentation_enabled():
            return False
        excluded = self._middleware.excluded_urls
        if excluded and excluded.url_disabled(_url(scope)):
            return False
        return trace.get_current_span() is trace.INVALID_SPAN

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = perf_counter()
        middleware = self._middleware
        name, route = self._details(scope)
        attributes = {**_request_attributes(scope), **route}
        context = extract(scope, getter=_HEADERS)
        span = middleware.tracer.start_span(name, context, SpanKind.SERVER, attributes)
        token = attach(trace.set_span_in_context(span, context))
        exchange = _Exchange(span, send)
        active = _active_attributes(attributes[semconv.HTTP_REQUEST_METHOD], attributes[URL_SCHEME])
        middleware.active_requests_counter.add(1, active)
        try:
            await middleware.app(scope, receive, exchange.send)
        except Exception as error:
            _record(span, error)
            raise
        finally:
            self._measure(scope, exchange, attributes, perf_counter() - started)
            middleware.active_requests_counter.add(-1, active)
            detach(token)
            if span.is_recording():
                span.end()

    def _details(self, scope: Scope) -> tuple[str, dict[str, Any]]:
        """The span's name and the route; a route that is its own path is looked up once."""
        key = scope["method"], scope["path"], scope.get("root_path", "")
        known = self._routes.get(key)
        if known is not None:
            scope[ROUTE] = known[1][semconv.HTTP_ROUTE]
            return known
        found: tuple[str, dict[str, Any]] = self._middleware.default_span_details(scope)
        if found[1].get(semconv.HTTP_ROUTE) == scope["path"] and len(self._routes) < MAX_PATHS:
            self._routes[key] = found
        return found

    def _measure(
        self, scope: Scope, exchange: _Exchange, attributes: Mapping[str, Any], duration: float
    ) -> None:
        middleware = self._middleware
        measured = {name: attributes[name] for name in _MEASURED if name in attributes}
        measured.update(exchange.outcome)
        middleware.duration_histogram_new.record(duration, measured)
        if exchange.size:
            middleware.server_response_body_size_histogram.record(exchange.size, measured)
        size = _length(scope["headers"])
        if size is not None:
            middleware.server_request_body_size_histogram.record(size, measured)


class _Exchange:
    """What is learned of a response while it is sent; the span ends with the last of it."""

    __slots__ = ("_send", "_span", "outcome", "size")

    def __init__(self, span: trace.Span, send: Send) -> None:
        self._span = span
        self._send = send
        self.outcome: dict[str, Any] = {}
        self.size: int | None = None

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            self._start(message)
        propagator = _response_propagator()
        if propagator is not None:
            _inject(propagator, message, self._span)
        await self._send(message)
        if kind == "http.response.body" and not message.get("more_body", False):
            self._span.end()

    def _start(self, message: Message) -> None:
        status = message["status"]
        self.size = _length(message.get("headers", ()))
        self.outcome = {semconv.HTTP_RESPONSE_STATUS_CODE: status}
        if status >= _SERVER_ERROR:
            self.outcome[semconv.ERROR_TYPE] = str(status)
        if self._span.is_recording():
            self._span.set_attributes(self.outcome)
            if status >= _SERVER_ERROR:
                self._span.set_status(Status(StatusCode.ERROR))


class _HeaderGetter(Getter[Scope]):
    """Reads headers of an ASGI scope, whose names are in lower case (ASGI, HTTP scope)."""

    def get(self, carrier: Scope, key: str) -> list[str] | None:
        wanted = key.lower().encode()
        return [v.decode("latin-1") for name, v in carrier["headers"] if name == wanted] or None

    def keys(self, carrier: Scope) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier["headers"]]


_HEADERS: Final = _HeaderGetter()


def _request_attributes(scope: Scope) -> dict[str, Any]:
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), None)
    attributes = {
        **_shared_attributes(
            scope["method"],
            scope.get("scheme", "http"),
            tuple(scope.get("server") or ()),
            scope.get("http_version", ""),
            agent,
        )
    }
    if scope["path"]:
        attributes[semconv.URL_PATH] = scope["path"]
    if scope.get("query_string"):
        attributes[semconv.URL_QUERY] = scope["query_string"].decode("utf-8", "replace")
    client = scope.get("client")
    if client is not None:
        attributes[semconv.CLIENT_ADDRESS], attributes[CLIENT_PORT] = client
    return attributes


@functools.lru_cache(maxsize=256)
def _shared_attributes(
    method: str, scheme: str, server: tuple[Any, ...], version: str, agent: bytes | None
) -> Mapping[str, Any]:
    """What OpenTelemetry's own function says of all requests that have this in common."""
    from opentelemetry.instrumentation._semconv import _StabilityMode  # noqa: PLC0415

    alike = {
        "method": method,
        "scheme": scheme,
        "server": server or None,
        "http_version": version,
        "headers": [] if agent is None else [(b"user-agent", agent)],
    }
    attributes: dict[str, Any] = _asgi().collect_request_attributes(alike, _StabilityMode.HTTP)
    return attributes


@functools.lru_cache(maxsize=64)
def _active_attributes(method: str, scheme: str) -> dict[str, Any]:
    return {semconv.HTTP_REQUEST_METHOD: method, URL_SCHEME: scheme}


def _length(headers: Any) -> int | None:
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


def _url(scope: Scope) -> str:
    url: str = _asgi().get_host_port_url_tuple(scope)[2]
    return url


def _inject(propagator: Any, message: Message, span: trace.Span) -> None:
    alone = trace.set_span_in_context(span, Context())
    propagator.inject(message, alone, _asgi().asgi_setter)


@functools.cache
def _asgi() -> Any:
    """The instrumentation itself, which is there where there is a web framework."""
    return import_module("opentelemetry.instrumentation.asgi")


def _record(span: trace.Span, error: Exception) -> None:
    if span.is_recording():
        span.record_exception(error)
        span.set_status(Status(StatusCode.ERROR, f"{type(error).__name__}: {error}"))
