"""OTLP receivers that keep the bytes they were sent."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from stack.ports import HOST, free_port

_EXPORTS = {
    f"/opentelemetry.proto.collector.{name}.v1.{name.capitalize()}Service/Export": signal
    for name, signal in (("logs", "logs"), ("trace", "traces"), ("metrics", "metrics"))
}
TENANT = "X-Scope-OrgID"


class HttpReceiver:
    """An OTLP/HTTP backend; `bodies` has what came to each path, decompressed.

    `of_tenant` has the same by the tenant that the sender named, empty for none.
    """

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.bodies: dict[str, list[bytes]] = {}
        self.of_tenant: dict[str, list[bytes]] = {}
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def received(self, path: str | None = None) -> bytes:
        """Everything that came, or all that came to one path."""
        chosen = self.bodies.values() if path is None else [self.bodies.get(path, [])]
        return b"\n".join(body for bodies in chosen for body in list(bodies))

    def start(self) -> Self:
        bodies, of_tenant = self.bodies, self.of_tenant

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                bodies.setdefault(self.path, []).append(body)
                of_tenant.setdefault(self.headers.get(TENANT, ""), []).append(body)
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
    """An OTLP/gRPC backend; `bodies` has the bytes of each request with spans.

    Args:
        key: PEM of a key and its certificate, for TLS.
    """

    def __init__(self, key: tuple[bytes, bytes] | None = None) -> None:
        self.of_signal: dict[str, list[bytes]] = {"logs": [], "traces": [], "metrics": []}
        self.authorizations: set[str] = set()
        self._server = grpc.server(ThreadPoolExecutor(max_workers=4))
        self._server.add_generic_rpc_handlers((_Intake(self),))
        if key is None:
            self.port = self._server.add_insecure_port(f"{HOST}:0")
        else:
            self.port = self._server.add_secure_port(
                f"{HOST}:0", grpc.ssl_server_credentials([key])
            )

    @property
    def bodies(self) -> list[bytes]:
        return self.of_signal["traces"]

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


class _Intake(grpc.GenericRpcHandler):
    def __init__(self, receiver: GrpcReceiver) -> None:
        self._receiver = receiver

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        signal = _EXPORTS.get(details.method)
        if signal is None:
            return None
        for name, value in details.invocation_metadata or ():
            if name == "authorization":
                self._receiver.authorizations.add(str(value))
        bodies = self._receiver.of_signal[signal]

        def export(request: bytes, context: grpc.ServicerContext) -> ExportTraceServiceResponse:
            bodies.append(request)
            return ExportTraceServiceResponse()

        return grpc.unary_unary_rpc_method_handler(
            export, response_serializer=ExportTraceServiceResponse.SerializeToString
        )
