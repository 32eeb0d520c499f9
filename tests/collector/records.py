"""What a backend was sent, record by record and span by span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Received:
    """One log record with its resource and its logger."""

    resource: dict[str, Any]
    scope: str
    record: LogRecord

    @property
    def body(self) -> Any:
        """The body as a Python value."""
        return plain(self.record.body)

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes as Python values."""
        return mapping(self.record.attributes)


def plain(value: AnyValue) -> Any:
    """An OTLP value as a Python value."""
    kind = value.WhichOneof("value")
    if kind == "kvlist_value":
        return mapping(value.kvlist_value.values)
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    return getattr(value, kind) if kind else None


def mapping(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    """OTLP attributes as a mapping."""
    return {one.key: plain(one.value) for one in attributes}


def records(bodies: Iterable[bytes]) -> Iterator[Received]:
    """The log records in export requests."""
    for body in list(bodies):
        for of_resource in ExportLogsServiceRequest.FromString(body).resource_logs:
            resource = mapping(of_resource.resource.attributes)
            for of_scope in of_resource.scope_logs:
                for record in of_scope.log_records:
                    yield Received(resource, of_scope.scope.name, record)


def spans(bodies: Iterable[bytes]) -> Iterator[Span]:
    """The spans in export requests."""
    for body in list(bodies):
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for of_scope in of_resource.scope_spans:
                yield from of_scope.spans
