"""A sender of plain OTLP with IDs of its own: what the Collector accepted is known exactly."""

from __future__ import annotations

import time
import uuid
from typing import Final

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

SERVICE: Final = "plain"
_BATCH: Final = 5
_TIMEOUT: Final = 20.0
_TYPE: Final = {"Content-Type": "application/x-protobuf"}


class Plain:
    """Sends some records and spans a time, and never the same again.

    Attributes:
        requests: How many requests were sent.
        refused: How many were not accepted.
        logs: When (`time.monotonic`) each record was accepted, by its `log.record.uid`.
        spans: When each span was, by its ID.
    """

    def __init__(self, intake: str) -> None:
        self.requests = self.refused = 0
        self.logs: dict[str, float] = {}
        self.spans: dict[str, float] = {}
        self._intake = intake
        self._client = httpx.Client(
            timeout=_TIMEOUT, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def send(self) -> None:
        """Send one request of records and one of spans."""
        ids = [uuid.uuid4().hex for _ in range(_BATCH)]
        if self._accepted("logs", _logs(ids)):
            self.logs |= dict.fromkeys(ids, time.monotonic())
        if self._accepted("traces", _spans(ids)):
            self.spans |= dict.fromkeys([one[:16] for one in ids], time.monotonic())

    def _accepted(self, signal: str, request: bytes) -> bool:
        self.requests += 1
        url = f"{self._intake}/v1/{signal}"
        try:
            accepted = self._client.post(url, content=request, headers=_TYPE).is_success
        except httpx.HTTPError:
            accepted = False
        self.refused += not accepted
        return accepted


def _resource() -> Resource:
    return Resource(attributes=[KeyValue(key="service.name", value=AnyValue(string_value=SERVICE))])


def _logs(ids: list[str]) -> bytes:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add(resource=_resource()).scope_logs.add().log_records
    for one in ids:
        record = records.add(time_unix_nano=time.time_ns(), severity_number=9)
        record.body.string_value = "parcel sent"
        record.attributes.add(key="log.record.uid").value.string_value = one
    return request.SerializeToString()


def _spans(ids: list[str]) -> bytes:
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add(resource=_resource()).scope_spans.add().spans
    now = time.time_ns()
    for one in ids:
        spans.add(
            trace_id=bytes.fromhex(one),
            span_id=bytes.fromhex(one[:16]),
            name="parcel",
            start_time_unix_nano=now,
            end_time_unix_nano=now + 1_000_000,
        )
    return request.SerializeToString()
