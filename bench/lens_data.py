"""OTLP requests for the bench of the store: transactions of three services, always the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

SERVICES = ("gateway", "auth-service", "event-service")
SPANS_PER_TRACE = 8
LOGS_PER_SPAN = 5
PER_REQUEST = 2000
"""Items of one request: what the Collector's queue sends together."""

SEED = 7
SPAN_NS = 2 * 3600 * 10**9
"""The time over which the transactions are spread."""

_ROUTES = ("/orders", "/orders/{id}", "/auth/login", "/events", "/users/{id}")
_WORDS = ("accepted", "declined", "stored", "sent", "retried", "expired", "matched", "skipped")


class Batch(NamedTuple):
    """One request, encoded.

    Attributes:
        signal: logs or traces.
        content: Protobuf.
        items: How many are in it.
    """

    signal: str
    content: bytes
    items: int


def batches(records: int, end_ns: int) -> Iterator[Batch]:
    """Yield requests with so many log records, and a fifth as many spans.

    Args:
        records: Log records in all.
        end_ns: When the last transaction ends, Unix nanoseconds.
    """
    choose = random.Random(SEED)  # noqa: S311 - the same in each run is wanted
    traces = max(1, records // (SPANS_PER_TRACE * LOGS_PER_SPAN))
    step = SPAN_NS // traces
    spans: list[tuple[str, Span]] = []
    logs: list[tuple[str, LogRecord]] = []
    for number in range(traces):
        start = end_ns - SPAN_NS + number * step
        for service, span in _trace(choose, start):
            spans.append((service, span))
            logs += [(service, _record(choose, span, place)) for place in range(LOGS_PER_SPAN)]
        if len(logs) >= PER_REQUEST:
            yield _logs(logs)
            logs = []
        if len(spans) >= PER_REQUEST:
            yield _spans(spans)
            spans = []
    yield from ([_logs(logs)] if logs else [])
    yield from ([_spans(spans)] if spans else [])


def _trace(choose: random.Random, start: int) -> Iterator[tuple[str, Span]]:
    trace_id, parent = choose.randbytes(16), b""
    length = choose.randrange(5_000_000, 900_000_000)
    for depth in range(SPANS_PER_TRACE):
        service = SERVICES[depth * len(SERVICES) // SPANS_PER_TRACE]
        failed = choose.random() < 0.01
        span = Span(
            trace_id=trace_id,
            span_id=choose.randbytes(8),
            parent_span_id=parent,
            name=f"GET {choose.choice(_ROUTES)}",
            kind=Span.SPAN_KIND_CLIENT if depth % 2 else Span.SPAN_KIND_SERVER,
            start_time_unix_nano=start + depth * 100_000,
            end_time_unix_nano=start + length - depth * 100_000,
            attributes=_pairs(
                {
                    "http.request.method": "GET",
                    "http.response.status_code": 500 if failed else 200,
                    "url.path": choose.choice(_ROUTES),
                    "server.address": f"10.0.0.{choose.randrange(9)}",
                    "network.protocol.version": "1.1",
                }
            ),
            status=Status(code=Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_UNSET),
        )
        parent = span.span_id
        yield service, span


def _record(choose: random.Random, span: Span, place: int) -> LogRecord:
    failed = choose.random() < 0.005
    level = 17 if failed else choose.choice((5, 9, 9, 9, 9, 13))
    attributes: dict[str, str | int] = {
        "log.record.uid": choose.randbytes(16).hex(),
        "http.request.method": "GET",
        "http.route": choose.choice(_ROUTES),
        "url.path": f"/orders/{choose.randrange(10**6)}",
        "client.address": f"10.1.{choose.randrange(256)}.{choose.randrange(256)}",
        "user.id": f"u-{choose.randrange(500)}",
        "user_agent.original": "python-httpx/0.28.1",
        "order.item": choose.choice(_WORDS),
        "order.quantity": choose.randrange(20),
    }
    if failed:
        kind = choose.choice(("shop.errors.OutOfStockError", "builtins.TimeoutError"))
        place_of = f'File "/srv/shop/{choose.choice(_WORDS)}.py", line {choose.randrange(90)}'
        attributes |= {
            "exception.type": kind,
            "exception.message": "it did not work",
            "exception.stacktrace": f"Traceback (most recent call last):\n  {place_of}, in run\n",
        }
    word, number = choose.choice(_WORDS), choose.randrange(10**6)
    return LogRecord(
        time_unix_nano=span.start_time_unix_nano + (place + 1) * 10_000,
        severity_number=SeverityNumber.ValueType(level),
        severity_text={5: "DEBUG", 9: "INFO", 13: "WARN", 17: "ERROR"}[level],
        body=AnyValue(string_value=f"order {number} was {word} after {number % 977} ms"),
        attributes=_pairs(attributes),
        trace_id=span.trace_id,
        span_id=span.span_id,
    )


def _pairs(values: dict[str, str | int]) -> list[KeyValue]:
    return [
        KeyValue(
            key=key,
            value=AnyValue(int_value=value)
            if isinstance(value, int)
            else AnyValue(string_value=value),
        )
        for key, value in values.items()
    ]


def _resource(service: str) -> list[KeyValue]:
    return _pairs({"service.name": service, "service.namespace": "shop", "service.version": "1.4"})


def _logs(items: list[tuple[str, LogRecord]]) -> Batch:
    request = ExportLogsServiceRequest()
    for service in SERVICES:
        block = request.resource_logs.add()
        block.resource.attributes.extend(_resource(service))
        scoped = block.scope_logs.add()
        scoped.scope.name = f"{service}.http"
        scoped.log_records.extend(record for owner, record in items if owner == service)
    return Batch("logs", request.SerializeToString(), len(items))


def _spans(items: list[tuple[str, Span]]) -> Batch:
    request = ExportTraceServiceRequest()
    for service in SERVICES:
        block = request.resource_spans.add()
        block.resource.attributes.extend(_resource(service))
        scoped = block.scope_spans.add()
        scoped.scope.name = f"{service}.http"
        scoped.spans.extend(span for owner, span in items if owner == service)
    return Batch("traces", request.SerializeToString(), len(items))
