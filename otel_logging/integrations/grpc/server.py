"""The interceptors that stand inside the server span; each changes nothing of the call."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import unquote

import grpc
import grpc.aio
from opentelemetry import trace

from otel_logging import semconv
from otel_logging.context import RequestScope, current_request
from otel_logging.integrations.unhandled import error_type, log_once

Behavior = Callable[[Any, Any], Any]
Wrap = Callable[[Behavior], Behavior]

_logger: Final = logging.getLogger("otel_logging.integrations.grpc")


class ServingInterceptor(grpc.ServerInterceptor):
    """For `grpc.server`."""

    def intercept_service(
        self, continuation: Callable[[Any], Any], handler_call_details: Any
    ) -> Any:
        """Return the call's handler with the call's attributes around it."""
        method = handler_call_details.method

        def unary(behavior: Behavior) -> Behavior:
            def serve(request: Any, context: Any) -> Any:
                with _serving(method, context):
                    return behavior(request, context)

            return serve

        def stream(behavior: Behavior) -> Behavior:
            def serve(request: Any, context: Any) -> Iterator[Any]:
                with _serving(method, context):
                    yield from behavior(request, context)

            return serve

        return _wrapped(continuation(handler_call_details), unary, stream)


class AioServingInterceptor(grpc.aio.ServerInterceptor):
    """For `grpc.aio.server`."""

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any
    ) -> Any:
        """Return the call's handler with the call's attributes around it."""
        method = handler_call_details.method

        def unary(behavior: Behavior) -> Behavior:
            async def serve(request: Any, context: Any) -> Any:
                with _serving(method, context):
                    return await behavior(request, context)

            return serve

        def stream(behavior: Behavior) -> Behavior:
            async def serve(request: Any, context: Any) -> AsyncIterator[Any]:
                with _serving(method, context):
                    async for response in behavior(request, context):
                        yield response

            return serve

        return _wrapped(await continuation(handler_call_details), unary, stream)


@contextmanager
def _serving(method: str, context: Any) -> Iterator[None]:
    attributes = {semconv.RPC_SYSTEM_NAME: "grpc", semconv.RPC_METHOD: method.lstrip("/")}
    address = peer_address(context.peer())
    if address is not None:
        attributes[semconv.CLIENT_ADDRESS] = address
    token = current_request.set(RequestScope(attributes))
    try:
        yield
    except Exception as error:
        _failed(error)
        raise
    finally:
        # A stream that was broken off may be closed in another context.
        with suppress(ValueError):
            current_request.reset(token)


def _failed(error: Exception) -> None:
    # `context.abort` raises these; the answer was meant so.
    if type(error) is Exception or isinstance(error, grpc.aio.AbortError):
        return
    log_once(_logger, "Unhandled exception while serving a call", error)
    span = trace.get_current_span()
    span.set_status(trace.StatusCode.ERROR, f"{type(error).__name__}: {error}")
    span.set_attribute(semconv.ERROR_TYPE, error_type(error))


def peer_address(peer: str) -> str | None:
    """Return the address in a peer as gRPC names it, such as `ipv4:192.0.2.7:50412`.

    Source: gRPC naming, https://github.com/grpc/grpc/blob/master/doc/naming.md.
    """
    family, _, rest = unquote(peer).partition(":")
    if family not in {"ipv4", "ipv6"}:
        return None
    return rest.partition(",")[0].rpartition(":")[0].strip("[]") or None


def _wrapped(handler: Any, unary: Wrap, stream: Wrap) -> Any:
    """Return a handler with its behavior wrapped; there is none for an unknown method."""
    if handler is None:
        return None
    kind = f"{_arity(handler.request_streaming)}_{_arity(handler.response_streaming)}"
    wrap = stream if handler.response_streaming else unary
    make = getattr(grpc, f"{kind}_rpc_method_handler")
    return make(
        wrap(getattr(handler, kind)), handler.request_deserializer, handler.response_serializer
    )


def _arity(streaming: bool) -> str:  # noqa: FBT001 - gRPC's own flag
    return "stream" if streaming else "unary"
