"""A log, a span and a metric with planted secrets, sent by OTLP/HTTP."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PASSWORD = "sunflower-7f3a-copper"
CARD = "4111111111111111"
EMAIL = "canary.leak@example.com"
SECRETS = (PASSWORD, CARD, EMAIL)
MASKED = "***MASKED***"

Request = ExportLogsServiceRequest | ExportTraceServiceRequest | ExportMetricsServiceRequest


def value(of: Any) -> AnyValue:
    """A Python string, number or mapping as an OTLP value."""
    if isinstance(of, dict):
        return AnyValue(kvlist_value=KeyValueList(values=attributes(of)))
    return AnyValue(int_value=of) if isinstance(of, int) else AnyValue(string_value=of)


def attributes(of: dict[str, Any]) -> list[KeyValue]:
    """A mapping as OTLP attributes."""
    return [KeyValue(key=key, value=value(item)) for key, item in of.items()]


def resource(service: str = "canary") -> Resource:
    """The resource of a service."""
    return Resource(attributes=attributes({"service.name": service}))


def logs(*records: LogRecord, service: str = "canary") -> ExportLogsServiceRequest:
    """Records as one export request."""
    request = ExportLogsServiceRequest()
    request.resource_logs.add(resource=resource(service)).scope_logs.add(log_records=records)
    return request


def send(endpoint: str, request: Request, client: httpx.Client | None = None) -> httpx.Response:
    """POST an export request to an OTLP/HTTP endpoint, by a client of one's own where given."""
    signal = {
        ExportLogsServiceRequest: "logs",
        ExportTraceServiceRequest: "traces",
        ExportMetricsServiceRequest: "metrics",
    }[type(request)]
    post = httpx.post if client is None else client.post
    return post(
        f"{endpoint}/v1/{signal}",
        content=request.SerializeToString(),
        headers={"Content-Type": "application/x-protobuf"},
        timeout=30,
    )


@dataclass(frozen=True)
class Canary:
    """One set of three, told from others by its nonce."""

    nonce: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def marks(self) -> dict[str, str]:
        """Per signal a text that is seen wherever the item arrived."""
        return {signal: f"{signal}-{self.nonce}" for signal in ("logs", "traces", "metrics")}

    def requests(self) -> tuple[Request, ...]:
        """The three export requests."""
        return self._logs(), self._traces(), self._metrics()

    def send(self, endpoint: str, client: httpx.Client | None = None) -> None:
        """Send all three and see them accepted."""
        for request in self.requests():
            assert send(endpoint, request, client).status_code == 200

    def _planted(self, signal: str) -> list[KeyValue]:
        return attributes({"canary.id": self.marks[signal], "password": PASSWORD})

    def _logs(self) -> ExportLogsServiceRequest:
        now = time.time_ns()
        text = LogRecord(
            time_unix_nano=now,
            severity_text="INFO",
            severity_number=9,
            body=value(f"paid with {CARD} by {EMAIL}"),
            attributes=[
                *self._planted("logs"),
                *attributes({"request": {"password": PASSWORD}, "note": f"mail {EMAIL}"}),
            ],
        )
        structured = LogRecord(
            time_unix_nano=now + 1,
            body=value(
                {"canary": "structured", "password": PASSWORD, "buyer": {"password": PASSWORD}}
            ),
            attributes=self._planted("logs"),
        )
        clean = LogRecord(
            time_unix_nano=now + 2,
            body=value("already masked"),
            attributes=attributes({"canary.id": self.marks["logs"], "password": MASKED}),
        )
        return logs(text, structured, clean)

    def _traces(self) -> ExportTraceServiceRequest:
        end = time.time_ns()
        span = Span(
            trace_id=uuid.uuid4().bytes,
            span_id=uuid.uuid4().bytes[:8],
            name=f"canary {self.nonce}",
            kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=end - 5_000_000,
            end_time_unix_nano=end,
            attributes=[*self._planted("traces"), *attributes({"note": f"card {CARD}"})],
            events=[
                Span.Event(
                    time_unix_nano=end,
                    name="exception",
                    attributes=attributes(
                        {"exception.message": f"no such user {EMAIL}", "password": PASSWORD}
                    ),
                )
            ],
        )
        request = ExportTraceServiceRequest()
        request.resource_spans.add(resource=resource()).scope_spans.add(spans=[span])
        return request

    def _metrics(self) -> ExportMetricsServiceRequest:
        point = NumberDataPoint(
            time_unix_nano=time.time_ns(), as_int=7, attributes=self._planted("metrics")
        )
        request = ExportMetricsServiceRequest()
        metric = (
            request.resource_metrics.add(resource=resource())
            .scope_metrics.add()
            .metrics.add(name="canary.value")
        )
        metric.gauge.data_points.append(point)
        return request
