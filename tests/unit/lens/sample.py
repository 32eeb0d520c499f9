"""A transaction with everything that a drawing has to show."""

from __future__ import annotations

from typing import Any

from otel_logging.backends import Link, LogRecord, Span, SpanEvent, Status, Transaction
from otel_logging.store.queries.parameters import rfc3339

T0 = 1_764_000_000_000_000_000
MS = 1_000_000
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def span(number: int, parent: int | None, service: str, name: str, **more: Any) -> Span:
    """Return a span; `at` and `ms` are its start and length in milliseconds."""
    start = T0 + int(more.pop("at", 0) * MS)
    length = int(more.pop("ms", 1) * MS)
    return Span(
        trace_id=TRACE,
        span_id=f"{number:016x}",
        parent_span_id=None if parent is None else f"{parent:016x}",
        name=name,
        kind=more.pop("kind", "INTERNAL"),
        service=service,
        scope="test",
        start_unix_nano=start,
        end_unix_nano=start + length,
        **more,
    )


def record(at: float, service: str, body: Any, writer: int | None, **more: Any) -> LogRecord:
    """Return a record written `at` milliseconds by a span."""
    return LogRecord(
        timestamp=rfc3339(T0 + int(at * MS)),
        severity=more.pop("severity", "INFO"),
        body=body,
        service=service,
        scope=f"{service}.test",
        trace_id=TRACE,
        span_id=None if writer is None else f"{writer:016x}",
        **more,
    )


def order() -> Transaction:
    """Return an order across three services and a broker, of which a part fails."""
    exception = {
        "exception.type": "event_service.worker.CardDeclinedError",
        "exception.message": "the card was declined",
    }
    http = "http.response.status_code"
    spans = [
        span(1, None, "gateway", "POST /orders", kind="SERVER", ms=41.2, attributes={http: 202}),
        span(2, 1, "gateway", "POST", kind="CLIENT", at=3, ms=35, attributes={http: 202}),
        span(3, 2, "event-service", "POST /events", kind="SERVER", at=5, ms=31),
        span(4, 3, "event-service", "send events", kind="PRODUCER", at=20, ms=12),
        span(
            5,
            4,
            "event-service",
            "process events",
            kind="CONSUMER",
            at=36,
            ms=80,
            status=Status("ERROR", "CardDeclinedError: the card was declined"),
            events=[SpanEvent("exception", T0 + 110 * MS, exception)],
            links=[Link(TRACE, f"{4:016x}"), Link("a" * 32, "b" * 16)],
        ),
        span(6, 5, "event-service", "GET", kind="CLIENT", at=40, ms=20, attributes={http: 200}),
        span(7, 6, "auth-service", "GET /users/{id}", kind="SERVER", at=39, ms=18),
        span(8, 99, "gateway", "process outcomes", kind="CONSUMER", at=118, ms=6),
    ]
    logs = [
        record(1, "gateway", "order received", 1, event_name="order.received"),
        record(39, "gateway", '127.0.0.1:50122 - "POST /orders HTTP/1.1" 202', 1),
        record(6, "event-service", {"type": "order", "size": 311}, 3),
        record(37, "event-service", "processing starts", 5),
        record(45, "auth-service", "user found", 7, severity="DEBUG"),
        record(
            111, "event-service", "processing failed", 5, severity="ERROR", attributes=exception
        ),
        record(
            119,
            "gateway",
            "outcome\x1b[31m received: a long line that has to go on below itself "
            "where the terminal is narrow, and still stands under its span",
            8,
            severity="WARN",
        ),
        record(125, "gateway", "written by a span that is still under way", 77),
        record(126, "gateway", "written outside", None),
    ]
    return Transaction(TRACE, spans, logs)
