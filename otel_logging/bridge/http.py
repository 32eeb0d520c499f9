"""OTLP over HTTP on one kept connection: a tenth of the CPU time of a general HTTP client."""

from __future__ import annotations

import http.client
import math
import ssl
import time
import zlib
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from otel_logging.bridge.transport import Outcome, Reply, accepted

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRYABLE: Final = frozenset({408, 429, 502, 503, 504})
"""Statuses after which the same request may be sent again (OTLP specification, "Failures"),
and 408, with which proxies answer a slow connection."""

GZIP_LEVEL: Final = 1
"""Nearly the ratio of the default level at a twentieth of its time."""


@dataclass(frozen=True, kw_only=True)
class HttpTarget:
    """Where and how to send.

    Attributes:
        url: Full URL, path included.
        headers: Headers of every request.
        gzip: Compress requests.
        ca_file: Certificates to trust in place of the system's, or None.
        client_certificate: Certificate file and key file for mutual TLS, or None.
        verify: False trusts any certificate.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    gzip: bool = False
    ca_file: str | None = None
    client_certificate: tuple[str, str | None] | None = None
    verify: bool = True


class HttpTransport:
    """Sends OTLP/HTTP requests with protobuf bodies, one at a time."""

    def __init__(self, target: HttpTarget) -> None:
        self._target = target
        self._parts = urlsplit(target.url)
        self._headers = {
            **target.headers,
            "Content-Type": "application/x-protobuf",
            **({"Content-Encoding": "gzip"} if target.gzip else {}),
        }
        self._connection: http.client.HTTPConnection | None = None

    @property
    def endpoint(self) -> str:
        """Host, port and path of the receiver."""
        return f"{self._parts.hostname}:{self._parts.port or ''}{self._parts.path}"

    def send(self, request: bytes, timeout: float) -> Reply:
        """Make one attempt; a kept connection that the receiver closed is opened once more."""
        body = _gzip(request) if self._target.gzip else request
        reused = self._connection is not None
        try:
            return self._attempt(body, timeout)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            if not reused or isinstance(error, TimeoutError):
                return Reply(Outcome.RETRY, type(error).__name__)
        try:
            return self._attempt(body, timeout)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            return Reply(Outcome.RETRY, type(error).__name__)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def after_fork(self) -> None:
        """Forget the connection: the socket's other end is the parent's."""
        self._connection = None

    def _attempt(self, body: bytes, timeout: float) -> Reply:
        connection = self._connection
        if connection is None:
            connection = self._connection = self._connect(timeout)
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        connection.request("POST", self._path(), body, self._headers)
        response = connection.getresponse()
        answer = response.read()
        if response.will_close:
            self.close()
        return _reply(response, answer)

    def _path(self) -> str:
        path = self._parts.path or "/"
        return f"{path}?{self._parts.query}" if self._parts.query else path

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        parts = self._parts
        host, port = parts.hostname or "", parts.port
        if not host:
            raise OSError(f"no host in {self._target.url}")
        proxy = None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)
        via = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
        to = (via.hostname or "", via.port) if via else (host, port)
        if parts.scheme != "https":
            connection = http.client.HTTPConnection(*to, timeout=timeout)
        else:
            connection = http.client.HTTPSConnection(*to, timeout=timeout, context=self._tls())
        if via:
            connection.set_tunnel(host, port or (443 if parts.scheme == "https" else 80))
        return connection

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._target.ca_file)
        if not self._target.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self._target.client_certificate:
            context.load_cert_chain(*self._target.client_certificate)
        return context


def _reply(response: http.client.HTTPResponse, body: bytes) -> Reply:
    status = response.status
    reason = f"HTTP {status}"
    if 200 <= status < 300:
        return accepted(body)
    if status in RETRYABLE:
        return Reply(
            Outcome.RETRY, reason, retry_after=retry_after(response.getheader("Retry-After"))
        )
    if status == 413:
        return Reply(Outcome.TOO_LARGE, reason)
    return Reply(Outcome.REJECTED, reason)


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header asks for (RFC 9110, section 10.2.3)."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _gzip(data: bytes) -> bytes:
    compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()
