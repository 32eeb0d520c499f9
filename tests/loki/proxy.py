"""A proxy as Grafana's for its data sources: a path before Loki's and Tempo's, and a password."""

from __future__ import annotations

import base64
import contextlib
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from stack.ports import HOST

PATH = "/api/datasources/proxy/uid/"
USER = "viewer:let-me-in"
_FORWARDED = ("accept", "x-loki-response-encoding-flags")


@contextlib.contextmanager
def proxied(targets: Mapping[str, str], *, dropping: str = "") -> Iterator[str]:
    """Serve targets by name below `PATH`; yield `http://USER@HOST:PORT/PATH`.

    A header named by `dropping` does not get through.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = base64.b64encode(USER.encode()).decode()
            if self.headers["Authorization"] != f"Basic {wanted}":
                self.send_error(401)
                return
            name, _, path = self.path.removeprefix(PATH).partition("/")
            kept = {one: self.headers[one] for one in _FORWARDED if one != dropping}
            headers = {one: value for one, value in kept.items() if value}
            answer = httpx.get(f"{targets[name]}/{path}", headers=headers, timeout=60)
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{USER}@{HOST}:{server.server_port}{PATH}"
        server.shutdown()
