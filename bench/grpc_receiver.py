"""An OTLP/gRPC receiver on loopback."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import grpc

SERVICES = {
    "/v1/logs": "opentelemetry.proto.collector.logs.v1.LogsService",
    "/v1/traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "/v1/metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
}


class GrpcReceiver:
    """Answers every request with success and gives it, as bytes, to `take`.

    Args:
        port: Where it listens.
        take: Called with the path that OTLP/HTTP has for the signal, and the request.
    """

    def __init__(self, port: int, take: Callable[[str, bytes], None]) -> None:
        self._server = grpc.server(ThreadPoolExecutor(4))
        for path, service in SERVICES.items():

            def export(request: bytes, _: Any, path: str = path) -> bytes:
                take(path, request)
                return b""

            handler: Any = grpc.unary_unary_rpc_method_handler(export)
            self._server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(service, {"Export": handler}),)
            )
        self._server.add_insecure_port(f"127.0.0.1:{port}")
        self._server.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(0).wait()
