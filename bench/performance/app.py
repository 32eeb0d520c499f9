"""The gateway as the report drives it: more records for each request, and two variants.

Two ways to export that the library does not have are made here, for comparison only:
`BENCH_EXPORT=synchronous` lets each log call wait until the Collector has taken its record, as
OpenTelemetry's `SimpleLogRecordProcessor` does; `BENCH_COMPRESSION=zstd` compresses with zstd.
"""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections.abc import Iterator

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.records import Call, Source
from services.gateway import app as gateway

PATH = "/auth/me"
"""The path whose requests write more."""

MIX = (*[logging.DEBUG] * 4, *[logging.INFO] * 4, logging.WARNING, logging.ERROR)
"""Levels of ten records."""

_CALLS = 1_000
_PATIENCE = 5.0
_log = logging.getLogger("bench")


def create_app() -> FastAPI:
    """The application of the service, with what the environment asks for around it."""
    if os.environ.get("BENCH_COMPRESSION") == "zstd":
        _compress_with_zstd()
    if os.environ.get("BENCH_EXPORT") == "synchronous":
        logging.getLogger().addHandler(_Delivered())
    app = gateway.create_app()
    app.add_middleware(_Talkative, records=int(os.environ.get("BENCH_RECORDS", "0")))
    return app


class _Talkative:
    """Writes records of all levels before each request of the path, four attributes each."""

    def __init__(self, app: ASGIApp, records: int) -> None:
        self._app = app
        self._records = records
        self._lines: Iterator[tuple[int, Call]] = itertools.cycle(
            zip(itertools.cycle(MIX), Source(0).calls(_CALLS, 4), strict=False)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == PATH:
            for level, call in itertools.islice(self._lines, self._records):
                _log.log(level, "user %s did %s", call.user, call.action, extra=call.attributes)
        await self._app(scope, receive, send)


class _Delivered(logging.Handler):
    """Waits until the record that the library has just taken was delivered."""

    def emit(self, _: logging.LogRecord) -> None:
        from otel_logging.launcher.setup import current  # noqa: PLC0415

        if (runtime := current()) is not None:
            runtime._worker.flush(time.monotonic() + _PATIENCE)  # noqa: SLF001


def _compress_with_zstd() -> None:
    """Let whatever would be sent as gzip be sent as zstd, in the library and in the SDK."""
    import zstandard  # noqa: PLC0415 - in the benches' own environment only
    from opentelemetry.exporter.otlp.common.http import _OTLPHTTPClient  # noqa: PLC0415

    from otel_logging.bridge import http  # noqa: PLC0415
    from otel_logging.bridge.transport import Reply  # noqa: PLC0415

    compress, encoding = zstandard.ZstdCompressor(level=1).compress, "zstd"
    send, submit = http.HttpTransport._attempt, _OTLPHTTPClient._submit  # noqa: SLF001

    def attempt(self: http.HttpTransport, body: bytes, timeout: float) -> Reply:
        self._headers["Content-Encoding"] = encoding
        return send(self, body, timeout)

    def submit_zstd(self: _OTLPHTTPClient, data: bytes, timeout: float) -> object:
        self._headers["Content-Encoding"] = encoding
        return submit(self, data, timeout)

    http._gzip = compress  # noqa: SLF001
    http.HttpTransport._attempt = attempt  # type: ignore[method-assign]  # noqa: SLF001
    _OTLPHTTPClient._compress = lambda _, serialized_data: compress(serialized_data)  # type: ignore[method-assign,assignment]  # noqa: SLF001
    _OTLPHTTPClient._submit = submit_zstd  # type: ignore[method-assign,assignment]  # noqa: SLF001
