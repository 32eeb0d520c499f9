"""Records and spans of ten attributes as services send them, in OTLP."""

import random

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import (
    LogRecord,
    ResourceLogs,
    ScopeLogs,
    SeverityNumber,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from bench.records import SECRET_SHARE, Source

_START = 1_764_000_000_000_000_000
_MODULES = ("orders.routes", "orders.stock", "payments.client", "accounts.sessions")
_FUNCTIONS = ("accept_order", "load_page", "refresh", "reserve", "handle_message")


def clean_logs(order: random.Random, count: int) -> ExportLogsServiceRequest:
    """Log records without a secret."""
    return _logs(order, count, 0)


def leaking_logs(order: random.Random, count: int) -> ExportLogsServiceRequest:
    """Log records of which one in twenty holds a secret, by its key or in its text."""
    return _logs(order, count, SECRET_SHARE)


def spans(order: random.Random, count: int) -> ExportTraceServiceRequest:
    """Server spans without a secret."""
    source = Source(order.getrandbits(32))
    found = [
        Span(
            trace_id=order.randbytes(16),
            span_id=order.randbytes(8),
            name=f"GET /{source.word(5)}/{{id}}",
            kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=_START,
            end_time_unix_nano=_START + order.randrange(10**9),
            attributes=_attributes(order, source),
        )
        for _ in range(count)
    ]
    of_resource = ResourceSpans(resource=_resource(), scope_spans=[ScopeSpans(spans=found)])
    return ExportTraceServiceRequest(resource_spans=[of_resource])


def _logs(order: random.Random, count: int, share: float) -> ExportLogsServiceRequest:
    source = Source(order.getrandbits(32))
    records = [_record(order, source, leaks=order.random() < share) for _ in range(count)]
    scope = ScopeLogs(log_records=records)
    return ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=_resource(), scope_logs=[scope])]
    )


def _record(order: random.Random, source: Source, *, leaks: bool) -> LogRecord:
    secret = source.word(12) + str(order.randrange(10**6))
    by_key = leaks and order.random() < 0.5
    text = f"{source.sentence()[:50]}; {source.sentence(secret if leaks and not by_key else None)}"
    attributes = _attributes(order, source)
    if by_key:
        attributes[-1] = _pair("db.password", secret)
    return LogRecord(
        time_unix_nano=_START + order.randrange(10**9),
        severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
        severity_text="INFO",
        trace_id=order.randbytes(16),
        span_id=order.randbytes(8),
        body=AnyValue(string_value=text),
        attributes=attributes,
    )


def _attributes(order: random.Random, source: Source) -> list[KeyValue]:
    number = order.randrange
    values: dict[str, str | float] = {
        "log.record.uid": order.randbytes(16).hex(),
        "code.function.name": f"{order.choice(_MODULES)}.{order.choice(_FUNCTIONS)}",
        "code.file.path": f"/srv/app/{source.word(7)}/{source.word(6)}.py",
        "code.line.number": number(1, 900),
        "http.request.method": order.choice(("GET", "POST")),
        "http.route": f"/{source.word(5)}/{{id}}",
        "url.path": f"/{source.word(5)}/{number(10**6)}",
        "client.address": f"10.{number(256)}.{number(256)}.{number(256)}",
        "user.id": f"u-{number(10**6)}",
        "duration_ms": round(order.uniform(0.1, 900), 3),
    }
    return [_pair(key, value) for key, value in values.items()]


def _pair(key: str, value: str | float) -> KeyValue:
    if isinstance(value, int):
        return KeyValue(key=key, value=AnyValue(int_value=value))
    if isinstance(value, float):
        return KeyValue(key=key, value=AnyValue(double_value=value))
    return KeyValue(key=key, value=AnyValue(string_value=value))


def _resource() -> Resource:
    names = {"service.name": "bench", "service.version": "1.2.3", "host.name": "web-1"}
    return Resource(attributes=[_pair(key, value) for key, value in names.items()])
