"""Building OTLP requests for tests."""

from __future__ import annotations

import time
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}


def value(content: Any) -> AnyValue:
    """Return a Python value as an AnyValue."""
    match content:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=content)
        case int():
            return AnyValue(int_value=content)
        case float():
            return AnyValue(double_value=content)
        case bytes():
            return AnyValue(bytes_value=content)
        case str():
            return AnyValue(string_value=content)
        case list():
            found = AnyValue()
            found.array_value.values.extend(value(item) for item in content)
            found.array_value.SetInParent()
            return found
    found = AnyValue()
    found.kvlist_value.values.extend(pairs(content))
    found.kvlist_value.SetInParent()
    return found


def pairs(attributes: dict[str, Any]) -> list[KeyValue]:
    """Return a dictionary as key-value pairs."""
    return [KeyValue(key=key, value=value(content)) for key, content in attributes.items()]


def log(body: Any = "hello", at: int | None = None, **more: Any) -> LogRecord:
    """Return a record; `attributes` is a dictionary, IDs are bytes."""
    attributes = more.pop("attributes", {})
    return LogRecord(
        time_unix_nano=time.time_ns() if at is None else at,
        severity_number=more.pop("severity", 9),
        body=value(body),
        attributes=pairs(attributes),
        **more,
    )


def span(trace_id: bytes, span_id: bytes, at: int | None = None, **more: Any) -> Span:
    """Return a span of one millisecond."""
    start = time.time_ns() if at is None else at
    attributes = more.pop("attributes", {})
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        name=more.pop("name", "work"),
        start_time_unix_nano=start,
        end_time_unix_nano=more.pop("end", start + 1_000_000),
        attributes=pairs(attributes),
        **more,
    )


def logs(
    *records: LogRecord, service: str = "gateway", scope: str = "test"
) -> ExportLogsServiceRequest:
    """Return a request of one service's records."""
    request = ExportLogsServiceRequest()
    block = request.resource_logs.add()
    block.resource.attributes.extend(pairs({"service.name": service}))
    scoped = block.scope_logs.add()
    scoped.scope.name = scope
    scoped.log_records.extend(records)
    return request


def traces(*spans: Span, service: str = "gateway") -> ExportTraceServiceRequest:
    """Return a request of one service's spans."""
    request = ExportTraceServiceRequest()
    block = request.resource_spans.add()
    block.resource.attributes.extend(pairs({"service.name": service}))
    scoped = block.scope_spans.add()
    scoped.scope.name = "test"
    scoped.spans.extend(spans)
    return request


def gauge(
    name: str, number: float, at: int | None = None, **attributes: Any
) -> ExportMetricsServiceRequest:
    """Return a request of one gauge's point."""
    request = ExportMetricsServiceRequest()
    block = request.resource_metrics.add()
    block.resource.attributes.extend(pairs({"service.name": "gateway"}))
    scoped = block.scope_metrics.add()
    scoped.scope.name = "test"
    metric = scoped.metrics.add(name=name, unit="1")
    metric.gauge.data_points.add(
        as_double=number,
        time_unix_nano=time.time_ns() if at is None else at,
        attributes=pairs(attributes),
    )
    return request
