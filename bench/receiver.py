"""An OTLP/HTTP receiver on loopback that counts the log records of the benches."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

SCOPE = "bench"
"""Logger that every bench writes to; other scopes are telemetry about telemetry."""


class Receiver:
    """Answers every OTLP request with success.

    Args:
        port: Where it listens; by default any free port.

    Attributes:
        endpoint: Its base URL.
        count: Records of scope `SCOPE` received so far.
    """

    def __init__(self, port: int = 0) -> None:
        self.count = 0
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                receiver.take(self.path, body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int, timeout: float) -> bool:
        """Wait until so many records have arrived; tell whether they did within ``timeout`` s."""
        with self._arrived:
            return self._arrived.wait_for(lambda: self.count >= count, timeout)

    def take(self, path: str, body: bytes) -> None:
        """Count the records in a request to the path of logs."""
        if path != "/v1/logs":
            return
        request = ExportLogsServiceRequest.FromString(body)
        records = sum(
            len(scope.log_records)
            for resource in request.resource_logs
            for scope in resource.scope_logs
            if scope.scope.name == SCOPE
        )
        with self._arrived:
            self.count += records
            self._arrived.notify_all()
