"""The library's own calls are no calls of the application."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from otel_logging.bridge.grpc import METHOD, GrpcTarget, GrpcTransport
from otel_logging.bridge.transport import Outcome


def test_sending_records_makes_no_spans(spans: InMemorySpanExporter) -> None:
    """With gRPC clients instrumented, each batch would be a span otherwise."""
    seen: list[bytes] = []

    def export(request: bytes, _: object) -> bytes:
        seen.append(request)
        return b""

    service, _, name = METHOD.lstrip("/").partition("/")
    handlers = {name: grpc.unary_unary_rpc_method_handler(export)}
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    transport = GrpcTransport(GrpcTarget(address=f"127.0.0.1:{port}"))
    try:
        reply = transport.send(b"records", 30.0)
    finally:
        transport.close()
        server.stop(None).wait()

    assert reply.outcome is Outcome.ACCEPTED
    assert seen == [b"records"]
    assert not [one for one in spans.get_finished_spans() if one.kind is SpanKind.CLIENT]
