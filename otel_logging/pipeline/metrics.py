"""Metrics of a case: from its words to OTLP JSON, and from that to points to compare.

Source: OpenTelemetry Protocol, "JSON Protobuf Encoding"; Metrics Data Model.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

import msgspec

from otel_logging import semconv
from otel_logging.lens.otlp_file import Json, attributes_of, pairs, service_of

_KINDS: Final = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
_TEMPORALITIES: Final = (None, "delta", "cumulative")
_SECOND_NS: Final = 10**9


class GivenMetric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A metric that is sent with one point; it is of now, and was counted for a minute.

    Attributes:
        value: Of a gauge or a sum.
        values: What a histogram measured.
        bounds: The upper ends of a histogram's buckets but the last.
        monotonic: Whether a sum only grows.
    """

    name: str
    type: Literal["gauge", "sum", "histogram"] = "gauge"
    unit: str = ""
    value: int | float = 1
    values: list[float] = []
    bounds: list[float] = []
    temporality: Literal["delta", "cumulative"] = "cumulative"
    monotonic: bool = True
    service: str = "pipeline-test"
    scope: str = "pipeline.test"
    attributes: dict[str, Any] = {}
    resource: dict[str, Any] = {}

    def block(self, now_ns: int) -> Json:
        """Return it as a block of a request."""
        resource = {semconv.SERVICE_NAME: self.service, **self.resource}
        data: Json = {"dataPoints": [self._point(now_ns)]}
        if self.type != "gauge":
            data["aggregationTemporality"] = _TEMPORALITIES.index(self.temporality)
        if self.type == "sum":
            data["isMonotonic"] = self.monotonic
        metric = {"name": self.name, "unit": self.unit, self.type: data}
        return {
            "resource": {"attributes": pairs(resource)},
            "scopeMetrics": [{"scope": {"name": self.scope}, "metrics": [metric]}],
        }

    def _point(self, now_ns: int) -> Json:
        point: Json = {
            "timeUnixNano": str(now_ns),
            "startTimeUnixNano": str(now_ns - 60 * _SECOND_NS),
            "attributes": pairs(self.attributes),
        }
        if self.type == "histogram":
            places = [bisect_left(self.bounds, value) for value in self.values]
            buckets = [str(places.count(place)) for place in range(len(self.bounds) + 1)]
            whole = {"count": str(len(self.values)), "sum": sum(self.values)}
            return {**point, **whole, "explicitBounds": self.bounds, "bucketCounts": buckets}
        if isinstance(self.value, int):
            return {**point, "asInt": str(self.value)}
        return {**point, "asDouble": self.value}


def metrics_request(given: Sequence[GivenMetric], now_ns: int) -> bytes:
    """Return a request of OTLP JSON."""
    return msgspec.json.encode({"resourceMetrics": [one.block(now_ns) for one in given]})


def points_of(document: Json) -> Iterator[Json]:
    """Yield each point of a request, with what its metric and its resource say."""
    for block in document.get("resourceMetrics", []):
        resource = attributes_of(block.get("resource", {}))
        for scoped in block.get("scopeMetrics", []):
            scope = str(scoped.get("scope", {}).get("name", ""))
            origin = {"service": service_of(resource), "scope": scope, "resource": resource}
            for metric in scoped.get("metrics", []):
                yield from ({**origin, **point} for point in _points(metric))


def _points(metric: Json) -> Iterator[Json]:
    kind = next(name for name in _KINDS if name in metric)
    data = metric[kind]
    shared = {"name": metric["name"], "unit": metric.get("unit", ""), "type": kind}
    if kind in {"sum", "histogram", "exponentialHistogram"}:
        shared["temporality"] = _TEMPORALITIES[int(data.get("aggregationTemporality", 0))]
    if kind == "sum":
        shared["monotonic"] = bool(data.get("isMonotonic", False))
    for point in data.get("dataPoints", []):
        yield {**shared, **_measured(point), "attributes": attributes_of(point)}


def _measured(point: Json) -> Json:
    if "asInt" in point:
        return {"value": int(point["asInt"])}
    if "asDouble" in point:
        return {"value": float(point["asDouble"])}
    return {
        "count": int(point.get("count", 0)),
        "sum": float(point.get("sum", 0)),
        "bounds": [float(bound) for bound in point.get("explicitBounds", [])],
        "buckets": [int(count) for count in point.get("bucketCounts", [])],
    }
