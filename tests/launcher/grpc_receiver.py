"""An OTLP/gRPC receiver that keeps what it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from tests.launcher.receiver import Receiver


@contextmanager
def grpc_receiver(port: int = 0) -> Iterator[Receiver]:
    """Run a receiver of all three signals on loopback."""
    state = Receiver()

    def keep(path, response):
        def export(_, request, context):
            state.requests.append((path, request))
            return response()

        return export

    server = grpc.server(futures.ThreadPoolExecutor(8))
    for path, module, grpc_module, name in (
        ("/v1/logs", logs_service_pb2, logs_service_pb2_grpc, "Logs"),
        ("/v1/traces", trace_service_pb2, trace_service_pb2_grpc, "Trace"),
        ("/v1/metrics", metrics_service_pb2, metrics_service_pb2_grpc, "Metrics"),
    ):
        response = getattr(module, f"Export{name}ServiceResponse")
        base = getattr(grpc_module, f"{name}ServiceServicer")
        service = type(name, (base,), {"Export": keep(path, response)})()
        getattr(grpc_module, f"add_{name}ServiceServicer_to_server")(service, server)
    state.url = f"http://127.0.0.1:{server.add_insecure_port(f'127.0.0.1:{port}')}"
    server.start()
    try:
        yield state
    finally:
        server.stop(0).wait()
