"""An OTLP/HTTP receiver that keeps what it was sent, decoded by the official protobufs."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

DEADLINE = 120.0


class Receiver:
    """Keeps requests by signal; `answer` decides what it says to each."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any]] = []
        self.raw: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[str, Any], tuple[int, dict[str, str], bytes]] = (
            lambda path, request: (200, {}, b"")
        )
        self.url = ""

    def logs(self) -> list[dict[str, Any]]:
        """Every log record, as a flat dictionary."""
        found = []
        for path, request in list(self.requests):
            if path != "/v1/logs":
                continue
            for resource in request.resource_logs:
                for scope in resource.scope_logs:
                    found += [
                        log_as_dict(record, scope.scope.name, attributes(resource.resource))
                        for record in scope.log_records
                    ]
        return found

    def spans(self) -> list[Any]:
        """Every span."""
        return [
            span
            for path, request in list(self.requests)
            if path == "/v1/traces"
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def metrics(self) -> list[Any]:
        """Every metric."""
        return [
            metric
            for path, request in list(self.requests)
            if path == "/v1/metrics"
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]

    def wait_for(self, condition: Callable[[], Any], what: str = "what was expected") -> Any:
        """Poll until a condition holds and return its value."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"{what} did not arrive: {[each['body'] for each in self.logs()]}")

    def wait_for_log(self, body: str) -> dict[str, Any]:
        """Wait for a record with this body and return it."""
        return self.wait_for(
            lambda: next((log for log in self.logs() if log["body"] == body), None), body
        )


def log_as_dict(record: Any, scope: str, resource: dict[str, Any]) -> dict[str, Any]:
    """Flatten a protobuf log record."""
    return {
        "body": value_of(record.body),
        "attributes": attributes(record),
        "scope": scope,
        "severity": record.severity_text,
        "severity_number": record.severity_number,
        "trace_id": record.trace_id.hex(),
        "span_id": record.span_id.hex(),
        "event_name": record.event_name,
        "timestamp": record.time_unix_nano,
        "observed": record.observed_time_unix_nano,
        "flags": record.flags,
        "resource": resource,
    }


def attributes(message: Any) -> dict[str, Any]:
    """The attributes of a protobuf message."""
    return {each.key: value_of(each.value) for each in message.attributes}


def value_of(value: AnyValue) -> Any:
    """An `AnyValue` as a Python value."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [value_of(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return {each.key: value_of(each.value) for each in value.kvlist_value.values}
    return getattr(value, kind)


_REQUESTS = {
    "/v1/logs": ExportLogsServiceRequest,
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
}


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    """Run a receiver on loopback."""
    state = Receiver()
    connections: list[socket.socket] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            request = _REQUESTS[self.path].FromString(body)
            status, headers, answer = state.answer(self.path, request)
            if status == 200:
                state.requests.append((self.path, request))
                state.raw.append(body)
            state.headers.append(dict(self.headers))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def process_request(self, request: socket.socket, address: Any) -> None:
            connections.append(request)
            super().process_request(request, address)

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", port), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for connection in connections:
            # A process that is gone keeps no connection.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
