"""A reader of Loki's tail: the client's side of WebSocket (RFC 6455), as much as it takes."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import struct
import time
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

_KEY = base64.b64encode(b"sixteen bytes ok").decode()
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _PING, _PONG = 0x1, 0x9, 0xA
_SECONDS = 180.0


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """The server did not upgrade the connection; the message is its status."""


class Tail:
    """A connection on which lines arrive.

    Args:
        url: the tail's, with its query.
        trust: for https, whose certificates to take.
        auth: name and password; a stranger without it.
        headers: more to send.

    Raises:
        Refused: on entering, when the server does not upgrade.
    """

    def __init__(
        self,
        url: str,
        trust: ssl.SSLContext | None = None,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._url = urlsplit(url)
        self._trust = trust
        self._headers = dict(headers or {})
        if auth:
            credentials = base64.b64encode(":".join(auth).encode()).decode()
            self._headers["Authorization"] = f"Basic {credentials}"

    def __enter__(self) -> Self:
        host, port = str(self._url.hostname), self._url.port
        self._socket = socket.create_connection((host, port), timeout=_SECONDS)
        if self._url.scheme == "https":
            assert self._trust
            self._socket = self._trust.wrap_socket(self._socket, server_hostname="localhost")
        self._stream = self._socket.makefile("rb")
        try:
            self._upgrade()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def until(self, wanted: str) -> list[str]:
        """The lines that arrive, up to the one that is waited for."""
        seen: list[str] = []
        deadline = time.monotonic() + _SECONDS
        while wanted not in seen:
            assert time.monotonic() < deadline, f"not among {seen}: {wanted}"
            seen += self._next()
        return seen

    def _upgrade(self) -> None:
        headers = {
            "Host": self._url.netloc,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": _KEY,
            **self._headers,
        }
        asked = [f"GET {self._url.path}?{self._url.query} HTTP/1.1"]
        asked += [f"{name}: {value}" for name, value in headers.items()]
        self._socket.sendall("\r\n".join([*asked, "", ""]).encode())
        status = self._stream.readline().split()[1].decode()
        answered = {}
        while line := self._stream.readline().strip():
            name, _, value = line.decode().partition(":")
            answered[name.lower()] = value.strip()
        if status != "101":
            raise Refused(status)
        accepted = hashlib.sha1(f"{_KEY}{_GUID}".encode(), usedforsecurity=False).digest()
        assert answered["sec-websocket-accept"] == base64.b64encode(accepted).decode()

    def _next(self) -> list[str]:
        """The lines of the next frame; none of one that only asks whether somebody is there."""
        kind, content = self._frame()
        if kind == _PING:
            # A client masks what it sends; this mask changes nothing.
            head = bytes([0x80 | _PONG, 0x80 | len(content), 0, 0, 0, 0])
            self._socket.sendall(head + content)
        if kind != _TEXT:
            return []
        streams = json.loads(content)["streams"] or ()
        return [line for stream in streams for _, line, *_ in stream["values"]]

    def _frame(self) -> tuple[int, bytes]:
        first, length = self._read(2)
        if length == 126:
            (length,) = struct.unpack(">H", self._read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self._read(8))
        assert first & 0x80, "a message in several frames"
        return first & 0x0F, self._read(length)

    def _read(self, count: int) -> bytes:
        read = self._stream.read(count)
        assert len(read) == count, "the server has hung up"
        return read
