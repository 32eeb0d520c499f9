"""OTLP receivers that keep the bytes they were sent."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from stack.ports import HOST, free_port

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


class HttpReceiver:
    """An OTLP/HTTP backend; `bodies` has what came to each path, decompressed."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.bodies: dict[str, list[bytes]] = {}
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def received(self, path: str | None = None) -> bytes:
        """Everything that came, or all that came to one path."""
        chosen = self.bodies.values() if path is None else [self.bodies.get(path, [])]
        return b"\n".join(body for bodies in chosen for body in list(bodies))

    def start(self) -> Self:
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                bodies.setdefault(self.path, []).append(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer((HOST, self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class GrpcReceiver:
    """An OTLP/gRPC backend for traces; `bodies` has each request's bytes."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._server = grpc.server(ThreadPoolExecutor(max_workers=4))
        self._server.add_generic_rpc_handlers((_Traces(self.bodies),))
        self.port = self._server.add_insecure_port(f"{HOST}:0")

    @property
    def endpoint(self) -> str:
        return f"{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.stop(grace=None)


class _Traces(grpc.GenericRpcHandler):
    def __init__(self, bodies: list[bytes]) -> None:
        self._bodies = bodies

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if details.method != _EXPORT:
            return None
        return grpc.unary_unary_rpc_method_handler(
            self._export, response_serializer=ExportTraceServiceResponse.SerializeToString
        )

    def _export(self, request: bytes, context: grpc.ServicerContext) -> ExportTraceServiceResponse:
        ExportTraceServiceRequest.FromString(request)
        self._bodies.append(request)
        return ExportTraceServiceResponse()
