"""What stands between a pipeline and its receiver where there is a spool."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otel_logging.bridge.sender import backoff
from otel_logging.bridge.transport import Outcome, Reply
from otel_logging.diagnostics import diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from otel_logging.bridge.parts import Parts
    from otel_logging.bridge.spool import Spool
    from otel_logging.bridge.transport import Transport


LONGEST_WAIT: Final = 5.0
"""Most seconds between two looks whether the receiver is back."""


class Drainer:
    """Sends what a spool holds, in a thread: what an earlier process left first.

    What the receiver finds too large is split; what it refuses is dropped and counted.

    Args:
        spool: The files.
        parts: Takes requests apart.
        transport: Sends them; used by this thread alone.
        timeout: Seconds for one attempt.

    Attributes:
        away: True while the receiver is known to be away: what comes goes to the spool.
    """

    def __init__(self, spool: Spool, parts: Parts, transport: Transport, timeout: float) -> None:
        self.away = False
        self._spool = spool
        self._parts = parts
        self._transport = transport
        self._timeout = timeout
        self._closed = False
        self._start()

    def _start(self) -> None:
        self._wake = threading.Event()
        threading.Thread(target=self._run, name="otlog-spool", daemon=True).start()

    def keep(self, request: bytes) -> bool:
        """Put a request into the spool, for it to be sent later; False if that fails."""
        if not self._spool.add(request):
            return False
        if not self.away:
            self.away = True
            diagnostics.report(
                "spooling",
                f"{self._transport.endpoint} is away: what is sent there waits in OTLOG_SPOOL",
            )
        self._wake.set()
        return True

    def close(self) -> None:
        """Send no more; what waits is for the process that starts next."""
        self._closed = True
        self._wake.set()

    def after_fork(self) -> None:
        """Start anew in a forked child."""
        self._spool.after_fork()
        self._transport.after_fork()
        self.away = False
        if not self._closed:
            self._start()

    def _run(self) -> None:
        attempt = 0
        while not self._closed:
            if self._spool.drain(self._send):
                self.away = False
                attempt = 0
                self._wake.wait()
                self._wake.clear()
            else:
                # Not woken: every batch that is kept meanwhile would ask the receiver again.
                time.sleep(min(backoff(attempt), LONGEST_WAIT))
                attempt += 1

    def _send(self, request: bytes) -> bool:
        """Send a request; False where it has to be sent again, later."""
        if self._closed:
            return False
        reply = self._transport.send(request, self._timeout)
        if reply.outcome is Outcome.RETRY:
            return False
        if reply.outcome is Outcome.TOO_LARGE:
            halves = self._parts.halves(request)
            if halves:
                # Where the second has to wait, the first is repeated with it, under the same IDs.
                return all(self._send(half) for half in halves)
        if reply.outcome is not Outcome.ACCEPTED:
            diagnostics.report("refused", f"{self._transport.endpoint} refused: {reply.reason}")
            self._parts.dropped(reply.outcome.value, request)
        elif reply.rejected:
            self._parts.rejected(reply.rejected)
        return True


class SpoolingTransport:
    """A transport that keeps what it cannot send in a spool, and calls it accepted."""

    def __init__(self, transport: Transport, drainer: Drainer) -> None:
        self._transport = transport
        self._drainer = drainer

    @property
    def endpoint(self) -> str:
        """Where requests go, for people."""
        return self._transport.endpoint

    def send(self, request: bytes, timeout: float) -> Reply:
        """Send, or keep for later; RETRY only where the spool takes no more.

        An attempt gets half of the time, so that at a shutdown some is left to write files.
        """
        if self._drainer.away and self._drainer.keep(request):
            return Reply(Outcome.ACCEPTED)
        reply = self._transport.send(request, timeout / 2)
        if reply.outcome is Outcome.RETRY and self._drainer.keep(request):
            return Reply(Outcome.ACCEPTED)
        return reply

    def close(self) -> None:
        """Close connections."""
        self._transport.close()

    def after_fork(self) -> None:
        """Start anew in a forked child."""
        self._transport.after_fork()
        self._drainer.after_fork()


class SpoolingSpanExporter(SpanExporter):
    """Keeps spans that OpenTelemetry's exporter cannot send, encoded, in a spool.

    Args:
        exporter: OpenTelemetry's exporter.
        is_temporary: Tells after a failure whether another attempt can succeed.
        drainer: Sends them later.
    """

    def __init__(
        self, exporter: SpanExporter, is_temporary: Callable[[], bool], drainer: Drainer
    ) -> None:
        self._exporter = exporter
        self._is_temporary = is_temporary
        self._drainer = drainer

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export or keep a batch; FAILURE where neither can be done."""
        if self._drainer.away and self._keep(spans):
            return SpanExportResult.SUCCESS
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS and self._is_temporary() and self._keep(spans):
            return SpanExportResult.SUCCESS
        return result

    def close_by(self, deadline: float) -> None:
        """End an attempt that is on half-way to a time (`time.monotonic`), to keep its spans."""
        time.sleep(max(deadline - time.monotonic(), 0) / 2)
        self._exporter.shutdown()

    def shutdown(self) -> None:
        """Shut the wrapped exporter down; what waits is for the process that starts next."""
        self._drainer.close()
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the wrapped exporter, within `timeout_millis` milliseconds."""
        return self._exporter.force_flush(timeout_millis)

    def _keep(self, spans: Sequence[ReadableSpan]) -> bool:
        return self._drainer.keep(encode_spans(spans).SerializeToString())
