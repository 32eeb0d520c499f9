"""A transaction as one file of OTLP JSON, to attach to a bug report and to open again.

The file is one object with `resourceSpans` and `resourceLogs`, so each of OTLP's JSON readers
finds its own part. Source: OpenTelemetry Protocol, "JSON Protobuf Encoding".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, TypeVar

import msgspec

from otel_logging import semconv
from otel_logging.backends import Link, LogRecord, Span, SpanEvent, Status, Transaction
from otel_logging.backends.json_text import json_text
from otel_logging.backends.times import rfc3339
from otel_logging.store.severity import number_of, text_of

T = TypeVar("T", Span, LogRecord)
Json: TypeAlias = dict[str, Any]

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUSES = ("UNSET", "OK", "ERROR")


class FileError(ValueError):
    """A file is not a transaction in OTLP JSON; the message says why."""


def exported(found: Transaction) -> bytes:
    """Return a transaction as the content of a file."""
    blocks = {
        "resourceSpans": list(_blocks(found.spans, "scopeSpans", "spans", _span_json)),
        "resourceLogs": list(_blocks(found.logs, "scopeLogs", "logRecords", _record_json)),
    }
    return msgspec.json.encode(blocks) + b"\n"


def imported(content: bytes) -> Transaction:
    """Return the transaction of a file: the first trace in it, with its records.

    Raises:
        FileError: When it is none.
    """
    try:
        document = msgspec.json.decode(content, type=Json)
        spans, logs = [*spans_of(document)], [*records_of(document)]
        json_text([spans, logs])
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise FileError(f"it is not JSON: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as e:
        raise FileError(f"it is not OTLP JSON: {type(e).__name__} {e}") from e
    items: list[Span | LogRecord] = [*spans, *logs]
    ids = [item.trace_id for item in items if item.trace_id]
    if not ids:
        raise FileError("there is no trace in it")
    return Transaction(
        ids[0],
        sorted((one for one in spans if one.trace_id == ids[0]), key=lambda s: s.start_unix_nano),
        sorted((one for one in logs if one.trace_id == ids[0]), key=lambda r: r.time_unix_nano),
    )


def spans_of(document: Json) -> Iterator[Span]:
    """Yield the spans of an OTLP JSON request; errors are those of a document that is none."""
    return _read(document, ("resourceSpans", "scopeSpans", "spans"), _span_of)


def records_of(document: Json) -> Iterator[LogRecord]:
    """Yield the log records of an OTLP JSON request; errors are as for spans."""
    return _read(document, ("resourceLogs", "scopeLogs", "logRecords"), _record_of)


def _blocks(
    items: Iterable[T], scopes: str, name: str, write: Callable[[T], Json]
) -> Iterator[Json]:
    """Yield one block a resource, with one part a scope."""
    groups: dict[bytes, tuple[Json, dict[str, list[Json]]]] = {}
    for item in items:
        resource = {semconv.SERVICE_NAME: item.service, **item.resource}
        key = msgspec.json.encode(resource, order="sorted")
        _, by_scope = groups.setdefault(key, (resource, {}))
        by_scope.setdefault(item.scope, []).append(write(item))
    for resource, by_scope in groups.values():
        parts = [{"scope": {"name": scope}, name: found} for scope, found in by_scope.items()]
        yield {"resource": {"attributes": pairs(resource)}, scopes: parts}


def _span_json(span: Span) -> Json:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_span_id or "",
        "name": span.name,
        "kind": KINDS.index(span.kind) if span.kind in KINDS else 0,
        "startTimeUnixNano": str(span.start_unix_nano),
        "endTimeUnixNano": str(span.end_unix_nano),
        "attributes": pairs(span.attributes),
        "events": [
            {
                "timeUnixNano": str(event.time_unix_nano),
                "name": event.name,
                "attributes": pairs(event.attributes),
            }
            for event in span.events
        ],
        "links": [
            {
                "traceId": link.trace_id,
                "spanId": link.span_id,
                "attributes": pairs(link.attributes),
            }
            for link in span.links
        ],
        "status": {"code": STATUSES.index(span.status.code), "message": span.status.message},
    }


def _record_json(record: LogRecord) -> Json:
    return {
        "timeUnixNano": str(record.time_unix_nano),
        "severityNumber": number_of(0, record.severity),
        "severityText": record.severity,
        "body": _value(record.body),
        "attributes": pairs(record.attributes),
        "traceId": record.trace_id or "",
        "spanId": record.span_id or "",
        "eventName": record.event_name or "",
    }


def pairs(attributes: Json) -> list[Json]:
    """Return attributes in OTLP's form."""
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> Json:
    if value is None:
        return {}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": pairs(value)}}
    if isinstance(value, bool | float):
        return {"boolValue" if isinstance(value, bool) else "doubleValue": value}
    return {"intValue" if isinstance(value, int) else "stringValue": str(value)}


def _read(
    document: Json, names: tuple[str, str, str], read: Callable[[Json, Json, str], T]
) -> Iterator[T]:
    resources, scopes, items = names
    for block in document.get(resources, []):
        resource = attributes_of(block.get("resource", {}))
        for scoped in block.get(scopes, []):
            scope = str(scoped.get("scope", {}).get("name", ""))
            for item in scoped.get(items, []):
                yield read(item, resource, scope)


def _span_of(item: Json, resource: Json, scope: str) -> Span:
    status = item.get("status", {})
    return Span(
        trace_id=_id(item["traceId"], 32) or "",
        span_id=_id(item["spanId"], 16) or "",
        parent_span_id=_id(item.get("parentSpanId", ""), 16),
        name=str(item.get("name", "")),
        kind=KINDS[int(item.get("kind", 0))],
        service=service_of(resource),
        scope=scope,
        start_unix_nano=_nanos(item["startTimeUnixNano"]),
        end_unix_nano=_nanos(item["endTimeUnixNano"]),
        status=Status(STATUSES[int(status.get("code", 0))], str(status.get("message", ""))),
        attributes=attributes_of(item),
        events=[
            SpanEvent(str(e.get("name", "")), _nanos(e["timeUnixNano"]), attributes_of(e))
            for e in item.get("events", [])
        ],
        links=[
            Link(_id(one["traceId"], 32) or "", _id(one["spanId"], 16) or "", attributes_of(one))
            for one in item.get("links", [])
        ],
        resource=resource,
    )


def _record_of(item: Json, resource: Json, scope: str) -> LogRecord:
    number = int(item.get("severityNumber", 0))
    attributes = attributes_of(item)
    uid = attributes.get(semconv.LOG_RECORD_UID)
    return LogRecord(
        timestamp=rfc3339(_nanos(item.get("timeUnixNano") or item["observedTimeUnixNano"])),
        severity=str(item.get("severityText") or text_of(number)),
        body=_plain(item.get("body", {})),
        service=service_of(resource),
        scope=scope,
        trace_id=_id(item.get("traceId", ""), 32),
        span_id=_id(item.get("spanId", ""), 16),
        event_name=str(item.get("eventName") or "") or None,
        attributes=attributes,
        resource=resource,
        uid=None if uid is None else str(uid),
    )


def service_of(resource: Json) -> str:
    """Return the service of a resource's attributes."""
    return str(resource.get(semconv.SERVICE_NAME) or "unknown_service")


def attributes_of(item: Json) -> Json:
    """Return the attributes that an item of OTLP JSON has."""
    return {str(pair["key"]): _plain(pair.get("value", {})) for pair in item.get("attributes", [])}


def _plain(value: Json) -> Any:
    for kind, content in value.items():
        if kind == "intValue":
            return int(content)
        if kind == "doubleValue":
            return float(content)
        if kind == "arrayValue":
            return [_plain(item) for item in content.get("values", [])]
        if kind == "kvlistValue":
            return {str(pair["key"]): _plain(pair["value"]) for pair in content.get("values", [])}
        return content if isinstance(content, str | bool) else str(content)
    return None


def _id(text: str, digits: int) -> str | None:
    if not text:
        return None
    if len(bytes.fromhex(text)) * 2 != digits:
        raise ValueError("an ID has a wrong length")
    return text.lower()


def _nanos(text: str | int) -> int:
    nanos = int(text)
    if not 0 <= nanos < 2**63:
        raise ValueError("a time is out of range")
    return nanos
