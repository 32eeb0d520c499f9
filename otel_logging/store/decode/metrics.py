"""Metric points of an OTLP request as rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Exemplar, Metric

from otel_logging.store.decode.decoded import Decoded
from otel_logging.store.decode.values import (
    Origin,
    attributes,
    hex_id,
    json_text,
    nanos,
    service_and_json,
)
from otel_logging.store.tables import METRICS, Row

TEMPORALITIES: dict[int, str] = {
    AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA: "delta",
    AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE: "cumulative",
}
_IN_COLUMNS = frozenset(
    {"attributes", "exemplars", "start_time_unix_nano", "time_unix_nano", "as_double", "as_int"}
)


@dataclass(frozen=True)
class Series:
    """A metric in one scope: what its points share."""

    origin: Origin
    metric: Metric
    type: str
    temporality: str | None
    monotonic: bool | None


def decode_metrics(request: ExportMetricsServiceRequest, _now_ns: int) -> Decoded:
    """Return one row for each point of a request; a metric without data is rejected."""
    decoded = Decoded(METRICS)
    for block in request.resource_metrics:
        service, resource = service_and_json(block.resource)
        for scoped in block.scope_metrics:
            origin = Origin(service, scoped.scope.name, resource)
            for metric in scoped.metrics:
                _add(metric, origin, decoded)
    return decoded


def _add(metric: Metric, origin: Origin, decoded: Decoded) -> None:
    kind = metric.WhichOneof("data")
    if kind is None:
        decoded.reject("a metric has no data")
        return
    data = getattr(metric, kind)
    series = Series(
        origin=origin,
        metric=metric,
        type=kind,
        temporality=TEMPORALITIES.get(getattr(data, "aggregation_temporality", 0)),
        monotonic=data.is_monotonic if kind == "sum" else None,
    )
    decoded.rows.extend(_row(point, series) for point in data.data_points)


def _row(point: Any, series: Series) -> Row:
    labels = json_text(attributes(sorted(point.attributes, key=lambda pair: pair.key)))
    origin, metric = series.origin, series.metric
    identity = repr((origin.resource, origin.scope, metric.name, series.type, labels))
    return (
        blake2b(identity.encode(), digest_size=16).hexdigest(),
        nanos(point.time_unix_nano),
        nanos(point.start_time_unix_nano),
        origin.service,
        origin.scope,
        metric.name,
        series.type,
        metric.unit,
        series.temporality,
        series.monotonic,
        _value(point),
        _distribution(point),
        labels,
        json_text([_exemplar(item) for item in getattr(point, "exemplars", ())]),
        origin.resource,
    )


def _value(point: Any) -> float:
    if hasattr(point, "as_double"):
        return float(getattr(point, point.WhichOneof("value") or "as_double"))
    return float(point.sum)


def _distribution(point: Any) -> str | None:
    """Return what a histogram or summary point holds beside its sum, as the OTLP JSON mapping."""
    if hasattr(point, "as_double"):
        return None
    fields = MessageToDict(point, preserving_proto_field_name=True)
    return json_text({name: value for name, value in fields.items() if name not in _IN_COLUMNS})


def _exemplar(exemplar: Exemplar) -> dict[str, Any]:
    value = exemplar.as_int if exemplar.WhichOneof("value") == "as_int" else exemplar.as_double
    return {
        "time_unix_nano": exemplar.time_unix_nano,
        "value": value if math.isfinite(value) else None,
        "trace_id": hex_id(exemplar.trace_id, 16),
        "span_id": hex_id(exemplar.span_id, 8),
        "attributes": attributes(exemplar.filtered_attributes),
    }
