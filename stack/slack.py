"""What Slack is to Alertmanager: an address that takes messages, and keeps them here."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from stack.ports import HOST


@dataclass(frozen=True)
class Message:
    """One message in the form of Slack's incoming webhooks.

    Attributes:
        at: when it came, by the monotonic clock.
        body: what was sent.
    """

    at: float
    body: dict[str, Any]

    @property
    def channel(self) -> str:
        """Where it goes."""
        return str(self.body["channel"])

    @property
    def title(self) -> str:
        """Its first line."""
        return str(self.body["attachments"][0]["title"])

    @property
    def text(self) -> str:
        """What stands below."""
        return str(self.body["attachments"][0]["text"])


class Slack:
    """An HTTP server on loopback that keeps every message."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The incoming webhook."""
        return f"http://{HOST}:{self._server.server_address[1]}/services/T/B/X"

    def titled(self, part: str) -> list[Message]:
        """The messages in whose title something stands."""
        return [message for message in list(self.messages) if part in message.title]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        messages = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                messages.append(Message(time.monotonic(), json.loads(body)))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler
