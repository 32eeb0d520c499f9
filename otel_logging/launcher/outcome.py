"""Why OpenTelemetry's OTLP exporters failed: they only tell that they did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from otel_logging.bridge.http import RETRYABLE

if TYPE_CHECKING:
    from collections.abc import Callable

_HTTP_MODULE = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
_GRPC_MODULE = "opentelemetry.exporter.otlp.proto.grpc.trace_exporter"


def watch(exporter: Any) -> Callable[[], bool] | None:
    """Return a function that tells whether the last failure of an exporter may pass.

    None for an exporter of another kind, of which nothing is known.
    """
    module = type(exporter).__module__
    if module == _HTTP_MODULE:
        return _watch_http(exporter)
    return _watch_grpc(exporter) if module == _GRPC_MODULE else None


def attempt_once(exporter: Any) -> None:
    """Let an OTLP exporter give up after one attempt, as what it cannot send is kept elsewhere.

    It would try for ten seconds, in which the queue before it may overflow.
    """
    if type(exporter).__module__ == _HTTP_MODULE:
        # A wait that does not fit into the time that is left ends the attempts.
        exporter._client._compute_backoff = lambda _retry: math.inf  # noqa: SLF001
    else:
        exporter._retryable_error_codes = frozenset()  # noqa: SLF001


def _watch_http(exporter: Any) -> Callable[[], bool]:
    client = exporter._client  # noqa: SLF001 - the exporter keeps the answer to itself
    export, is_connection_error = client.export, client._transport.is_connection_error  # noqa: SLF001
    temporary = [False]

    def watched(data: bytes) -> Any:
        result = export(data)
        temporary[0] = (
            result.status_code in RETRYABLE
            if result.status_code is not None
            else result.error is None or is_connection_error(result.error)
        )
        return result

    client.export = watched
    return lambda: temporary[0]


def _watch_grpc(exporter: Any) -> Callable[[], bool]:
    import grpc  # noqa: PLC0415 - only where gRPC is used

    from otel_logging.bridge.grpc import RETRYABLE as CODES  # noqa: PLC0415

    temporary = [False]

    class Watched:
        def __init__(self, stub: Any) -> None:
            self._stub = stub

        def Export(self, **call: Any) -> Any:  # noqa: N802 - the method's name in the protocol
            try:
                return self._stub.Export(**call)
            except grpc.RpcError as error:
                temporary[0] = error.code() in CODES
                raise

    make_stub = exporter._stub  # noqa: SLF001 - called again when the exporter reconnects
    exporter._stub = lambda channel: Watched(make_stub(channel))  # noqa: SLF001
    exporter._client = Watched(exporter._client)  # noqa: SLF001
    return lambda: temporary[0]
