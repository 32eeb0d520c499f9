"""One request of each signal with every kind of part in it."""

from __future__ import annotations

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.store import otlp

_VALUES = {"text": "한글", "n": 2**63 - 1, "x": 1.5, "b": b"\xff", "l": [None, {"deep": [True]}]}
LOGS = ExportLogsServiceRequest()
TRACES = ExportTraceServiceRequest()
METRICS = ExportMetricsServiceRequest()

_logs = LOGS.resource_logs.add()
_logs.resource.attributes.extend(otlp.pairs({"service.name": "shop"}))
_logs.scope_logs.add().log_records.extend(
    [
        otlp.log("hello", attributes=_VALUES, trace_id=b"t" * 16, span_id=b"s" * 8),
        otlp.log({"a": [1, {"b": None}]}, event_name="shop.sold"),
    ]
)
_spans = TRACES.resource_spans.add()
_spans.resource.attributes.extend(otlp.pairs({"service.name": "shop"}))
_span = otlp.span(b"t" * 16, b"s" * 8, attributes=_VALUES, name="GET /x")
_span.events.add(name="exception", time_unix_nano=1).attributes.extend(otlp.pairs(_VALUES))
_span.links.add(trace_id=b"u" * 16, span_id=b"v" * 8)
_spans.scope_spans.add().spans.append(_span)
_metrics = METRICS.resource_metrics.add()
_metrics.resource.attributes.extend(otlp.pairs({"service.name": "shop"}))
_scope = _metrics.scope_metrics.add()
_sum = _scope.metrics.add(name="sold", unit="1").sum
_sum.data_points.add(as_int=3, time_unix_nano=1).attributes.extend(otlp.pairs({"a": "b"}))
_histogram = _scope.metrics.add(name="took", unit="s").histogram
_point = _histogram.data_points.add(count=2, sum=1.5, time_unix_nano=1)
_point.bucket_counts.extend([1, 1])
_point.explicit_bounds.append(1.0)
_point.exemplars.add(as_double=1.0, trace_id=b"t" * 16, span_id=b"s" * 8, time_unix_nano=1)
