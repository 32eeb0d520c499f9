"""Records as OTLP protobuf, written by hand: five times cheaper than building message objects.

Source: opentelemetry-proto 1.x, `logs/v1/logs.proto`, `common/v1/common.proto`. Each literal
byte is a field's tag, `(field number << 3) | wire type`.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from otel_logging.bridge.values import INT64, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from otel_logging.bridge.record import Record

_FIXED64: Final = Struct("<Q").pack
_FIXED32: Final = Struct("<I").pack
_DOUBLE: Final = Struct("<d").pack
_MAX_CACHED_KEYS: Final = 4_096
_MASK64: Final = (1 << 64) - 1


def _long_varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


_VARINTS: Final = tuple(_long_varint(value) for value in range(16_384))
_keys: dict[str, bytes] = {}


def varint(value: int) -> bytes:
    """Return a non-negative number of at most 64 bits as a varint."""
    return _VARINTS[value] if value < 16_384 else _long_varint(value)


def sized(data: bytes) -> bytes:
    """Return bytes with their length before them."""
    return varint(len(data)) + data


def utf8(text: str) -> bytes:
    """Return text as UTF-8; a lone surrogate, which UTF-8 cannot carry, as its escape."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def any_value(value: Any) -> bytes:
    """Return a plain value as an `AnyValue`."""
    encode = _ENCODERS.get(type(value))
    return encode(value) if encode is not None else any_value(plain(value))


def _integer(value: int) -> bytes:
    if value in INT64:
        return b"\x18" + varint(value & _MASK64)
    return any_value(plain(value))


def _list(value: list[Any]) -> bytes:
    return b"\x2a" + sized(b"".join([b"\x0a" + sized(any_value(item)) for item in value]))


def _dict(value: dict[str, Any]) -> bytes:
    items = [b"\x0a" + sized(key_value(key, item)) for key, item in value.items()]
    return b"\x32" + sized(b"".join(items))


_ENCODERS: Final[dict[type, Callable[[Any], bytes]]] = {
    str: lambda value: b"\x0a" + sized(utf8(value)),
    bool: lambda value: b"\x10\x01" if value else b"\x10\x00",
    int: _integer,
    float: lambda value: b"\x21" + _DOUBLE(value),
    list: _list,
    dict: _dict,
    bytes: lambda value: b"\x3a" + sized(value),
    type(None): lambda _: b"",
}


def key_value(key: str, value: Any) -> bytes:
    """Return an attribute as a `KeyValue`."""
    encoded = _keys.get(key)
    if encoded is None:
        encoded = b"\x0a" + sized(utf8(key)) + b"\x12"
        if len(_keys) < _MAX_CACHED_KEYS:
            _keys[key] = encoded
    return encoded + sized(any_value(value))


def log_record(record: Record) -> bytes:
    """Return a record as a field of `ScopeLogs`: tag, length and `LogRecord`."""
    parts = [
        b"\x09",
        _FIXED64(record.timestamp),
        b"\x59",
        _FIXED64(record.observed_timestamp),
        b"\x10",
        _VARINTS[record.severity_number],
        b"\x1a",
        sized(utf8(record.severity_text)),
        b"\x2a",
        sized(any_value(record.body)),
    ]
    for key, value in record.attributes.items():
        parts += (b"\x32", sized(key_value(key, value)))
    if record.trace_id:
        parts += (
            b"\x4a\x10",
            record.trace_id.to_bytes(16, "big"),
            b"\x52\x08",
            record.span_id.to_bytes(8, "big"),
        )
        if record.trace_flags:
            parts += (b"\x45", _FIXED32(record.trace_flags))
    if record.event_name:
        parts += (b"\x62", sized(utf8(record.event_name)))
    return b"\x12" + sized(b"".join(parts))


def resource(attributes: Mapping[str, Any]) -> bytes:
    """Return a resource as a field of `ResourceLogs`."""
    fields = [b"\x0a" + sized(key_value(key, value)) for key, value in attributes.items()]
    return b"\x0a" + sized(b"".join(fields))


def request(resource_field: bytes, records: Iterable[tuple[str, bytes]]) -> bytes:
    """Return an `ExportLogsServiceRequest`.

    Args:
        resource_field: What `resource` returned.
        records: Scope name and what `log_record` returned, in the order of the calls.
    """
    by_scope: dict[str, list[bytes]] = {}
    for scope, encoded in records:
        by_scope.setdefault(scope, []).append(encoded)
    scopes = [
        b"\x12" + sized(b"\x0a" + sized(b"\x0a" + sized(utf8(scope))) + b"".join(encoded))
        for scope, encoded in by_scope.items()
    ]
    return b"\x0a" + sized(resource_field + b"".join(scopes))
