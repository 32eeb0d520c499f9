"""OTLP attribute values as plain Python values and as JSON text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otel_logging import semconv

MAX_INT64 = 2**63 - 1

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class Origin:
    """What all records of one scope block share.

    Attributes:
        service: `service.name` of the resource, "unknown_service" without one.
        scope: The instrumentation scope's name.
        resource: The resource's attributes as JSON text.
    """

    service: str
    scope: str
    resource: str


def plain(value: AnyValue) -> Any:
    """Return the Python value of an AnyValue.

    Numbers that JSON cannot hold become the strings that the OTLP JSON mapping uses.
    """
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    content = getattr(value, kind)
    if kind == "array_value":
        return [plain(item) for item in content.values]
    if kind == "kvlist_value":
        return attributes(content.values)
    if kind == "double_value" and not math.isfinite(content):
        return "NaN" if math.isnan(content) else "Infinity" if content > 0 else "-Infinity"
    return content


def attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Return key-value pairs as a dictionary; of equal keys the last one counts."""
    return {pair.key: plain(pair.value) for pair in pairs}


def json_text(value: Any) -> str:
    """Return a value as compact JSON text, bytes in base64."""
    return _encoder.encode(value).decode()


def service_and_json(resource: Resource) -> tuple[str, str]:
    """Return a resource's `service.name` and its attributes as JSON text."""
    values = attributes(resource.attributes)
    return str(values.get(semconv.SERVICE_NAME) or "unknown_service"), json_text(values)


def hex_id(raw: bytes, size: int) -> str | None:
    """Return an ID of `size` bytes in hex; None when absent, all zero or of another length."""
    return raw.hex() if len(raw) == size and any(raw) else None


def nanos(value: int) -> int:
    """Return an unsigned 64-bit time, capped to what a signed one can hold."""
    return min(value, MAX_INT64)
