"""How the middleware gets into apps: three patches, made and taken back together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

import wrapt

from otel_logging import semconv
from otel_logging.integrations.fastapi.request import ROUTE, RequestMiddleware, Scope
from otel_logging.integrations.fastapi.server_span import make_server_span, serve
from otel_logging.integrations.unhandled import drop_repeats, keep_repeats

if TYPE_CHECKING:
    from fastapi import FastAPI

SpanDetails = Callable[[Scope], tuple[str, dict[str, Any]]]

_SERVER_LOGGER: Final = "uvicorn.error"

_apps: WeakSet[FastAPI] = WeakSet()


def instrument() -> None:
    """Give every FastAPI app a server span and, inside it, the request's attributes.

    Apps made earlier are reached too, unless they have served a request already: see
    `instrument_app`. Calling it again changes nothing; without FastAPI it does nothing.
    """
    if find_spec("fastapi") is None or _instrumented():
        return
    wrapt.wrap_function_wrapper(
        "opentelemetry.instrumentation.asgi", "OpenTelemetryMiddleware.__init__", _enter_span
    )
    wrapt.wrap_function_wrapper(
        "opentelemetry.instrumentation.asgi", "OpenTelemetryMiddleware.__call__", serve
    )
    wrapt.wrap_function_wrapper(
        "fastapi.applications", "FastAPI.build_middleware_stack", _build_stack
    )
    drop_repeats(_SERVER_LOGGER)


def instrument_app(app: FastAPI) -> None:
    """Instrument, and rebuild the middleware stack of an app that has served already."""
    instrument()
    if app.middleware_stack is not None:
        app.middleware_stack = app.build_middleware_stack()


def uninstrument() -> None:
    """Take the patches back, and the middleware out of the apps that were built with them."""
    if find_spec("fastapi") is None or not _instrumented():
        return
    from fastapi.applications import FastAPI  # noqa: PLC0415 - an optional dependency
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware  # noqa: PLC0415
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.utils import unwrap  # noqa: PLC0415

    unwrap(OpenTelemetryMiddleware, "__init__")
    unwrap(OpenTelemetryMiddleware, "__call__")
    unwrap(FastAPI, "build_middleware_stack")
    keep_repeats(_SERVER_LOGGER)
    for app in list(_apps):
        FastAPIInstrumentor.uninstrument_app(app)
    _apps.clear()


def _instrumented() -> bool:
    from fastapi.applications import FastAPI  # noqa: PLC0415 - an optional dependency

    return isinstance(FastAPI.__dict__["build_middleware_stack"], wrapt.FunctionWrapper)


def _enter_span(
    wrapped: Callable[..., None],
    middleware: object,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> None:
    """Build an `OpenTelemetryMiddleware` with ours as the first thing inside its span."""
    arguments = inspect.signature(wrapped).bind(*args, **kwargs).arguments
    arguments["app"] = RequestMiddleware(arguments["app"])
    arguments["exclude_spans"] = arguments.get("exclude_spans") or ["receive", "send"]
    details = arguments.get("default_span_details")
    if details is not None:
        arguments["default_span_details"] = _keep_route(details)
    wrapped(**arguments)
    make_server_span(middleware)


def _keep_route(details: SpanDetails) -> SpanDetails:
    """Let the middleware know the route that was matched for the span's name."""

    def with_route(scope: Scope) -> tuple[str, dict[str, Any]]:
        name, attributes = details(scope)
        scope[ROUTE] = attributes.get(semconv.HTTP_ROUTE)
        return name, attributes

    return with_route


def _build_stack(
    wrapped: Callable[[], Any],
    app: FastAPI,
    _args: tuple[Any, ...],
    _kwargs: Mapping[str, Any],
) -> object:
    """Instrument an app that opentelemetry-instrumentation-fastapi has not seen."""
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415

    _apps.add(app)
    if getattr(app, "_is_instrumented_by_opentelemetry", False):
        return wrapped()
    FastAPIInstrumentor.instrument_app(app)
    # The instance has a method of its own now, which comes back here once more.
    return app.build_middleware_stack()
