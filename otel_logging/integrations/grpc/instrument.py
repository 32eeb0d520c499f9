"""How the interceptors get into servers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import wrapt

from otel_logging.integrations.inbound import InboundCall
from otel_logging.integrations.unhandled import drop_repeats, keep_repeats

_DISABLED: Final = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
_INSTRUMENTORS: Final = {
    "grpc_client": "GrpcInstrumentorClient",
    "grpc_server": "GrpcInstrumentorServer",
    "grpc_aio_client": "GrpcAioInstrumentorClient",
    "grpc_aio_server": "GrpcAioInstrumentorServer",
}
_SERVING: Final = "opentelemetry.instrumentation.grpc._server"
"""Where servers, with and without asyncio, read the context of a call."""

_LOGGERS: Final = ("grpc._server", "grpc._cython.cygrpc")
# What may follow the pool by position, in `grpc.server` and `grpc.aio.server` alike.
_PARAMETERS: Final = (
    "handlers",
    "interceptors",
    "options",
    "maximum_concurrent_rpcs",
    "compression",
)

Make = Callable[..., Any]


def instrument() -> None:
    """Instrument clients and servers that are made from now on.

    Calling it again changes nothing; without gRPC and its instrumentation it does nothing.
    """
    if not _installed() or _instrumented():
        return
    disabled = {name.strip() for name in os.environ.get(_DISABLED, "").split(",")}
    for name, instrumentor in _instrumentors().items():
        if name not in disabled and not instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.instrument()
    # Wrapped last, ours is put first into the list, and then OpenTelemetry's before it.
    wrapt.wrap_function_wrapper("grpc", "server", _server)
    wrapt.wrap_function_wrapper("grpc.aio", "server", _aio_server)
    wrapt.wrap_function_wrapper(_SERVING, "extract", _extract)
    drop_repeats(*_LOGGERS)


def uninstrument() -> None:
    """Make clients and servers as they were; those that are there stay instrumented."""
    if not _installed() or not _instrumented():
        return
    import grpc.aio  # noqa: PLC0415 - an optional dependency
    from opentelemetry.instrumentation.utils import unwrap  # noqa: PLC0415

    for owner in (grpc, grpc.aio):
        owner.server = owner.server.__wrapped__  # type: ignore[attr-defined]
    unwrap(import_module(_SERVING), "extract")
    for instrumentor in _instrumentors().values():
        if instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.uninstrument()
    keep_repeats(*_LOGGERS)


def _installed() -> bool:
    return find_spec("grpc") is not None and (
        find_spec("opentelemetry.instrumentation.grpc") is not None
    )


def _instrumented() -> bool:
    import grpc  # noqa: PLC0415 - an optional dependency

    return isinstance(grpc.server, wrapt.FunctionWrapper)


def _instrumentors() -> dict[str, Any]:
    from opentelemetry.instrumentation import grpc  # noqa: PLC0415 - an optional dependency

    return {name: getattr(grpc, kind)() for name, kind in _INSTRUMENTORS.items()}


def _server(wrapped: Make, _: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    from otel_logging.integrations.grpc.server import ServingInterceptor  # noqa: PLC0415

    return _with(ServingInterceptor(), wrapped, args, kwargs)


def _aio_server(wrapped: Make, _: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    from otel_logging.integrations.grpc.server import AioServingInterceptor  # noqa: PLC0415

    return _with(AioServingInterceptor(), wrapped, args, kwargs)


def _extract(wrapped: Make, _: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Let the propagator know that the metadata are a call's, whose sender may be a stranger."""
    metadata, *others = args
    return wrapped(InboundCall(metadata), *others, **kwargs)


def _with(interceptor: object, make: Make, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    # By name: OpenTelemetry's wrapper does not see interceptors given by position.
    named = {**dict(zip(_PARAMETERS, args[1:], strict=False)), **kwargs}
    named["interceptors"] = [interceptor, *(named.get("interceptors") or ())]
    return make(*args[:1], **named)
