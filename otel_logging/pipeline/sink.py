"""Where the exporters under test send to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import msgspec

HOST = "127.0.0.1"


class Sink:
    """An OTLP/HTTP receiver for JSON, one path an exporter: `/NUMBER/v1/SIGNAL`."""

    def __init__(self) -> None:
        self._came: list[tuple[int, bytes]] = []
        came = self._came

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                came.append((int(self.path.split("/")[1]), body))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self._server.server_port}"

    def came(self, exporter: int) -> Iterator[dict[str, Any]]:
        """Yield the requests of one exporter, in their order."""
        for number, body in self._came:
            if number == exporter:
                yield msgspec.json.decode(body, type=dict[str, Any])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
