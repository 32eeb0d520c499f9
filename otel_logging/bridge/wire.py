"""Values as OTLP protobuf, written by hand.

Wire bytes are held as text of the characters U+0000 to U+00FF until a record is complete: most of
it is ASCII text already, which is then joined as it is and turned into bytes once.

Source: opentelemetry-proto 1.x, `common/v1/common.proto`. Each literal character is a field's
tag, `(field number << 3) | wire type`.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from otel_logging.bridge.values import INT64, plain

if TYPE_CHECKING:
    from collections.abc import Callable

ENCODING: Final = "latin-1"
"""What makes bytes of wire text, and wire text of bytes."""

TWO: Final = 1 << 14
"""Numbers below need at most two bytes."""

VARINTS: Final = tuple(
    chr(number) if number < 128 else chr(number & 127 | 128) + chr(number >> 7)
    for number in range(TWO)
)
"""The varints of numbers below `TWO`."""

_FOUR: Final = 1 << 28

_CONTINUED: Final = tuple(chr(number & 127 | 128) + chr(number >> 7 | 128) for number in range(TWO))
"""The two first bytes of a longer varint, by the lowest 14 bits."""

_MASK64: Final = (1 << 64) - 1
_DOUBLE: Final = Struct("<d").pack
_FIXED64: Final = Struct("<Q").pack


def varint(value: int) -> str:
    """Return a non-negative number of at most 64 bits as a varint."""
    if value < TWO:
        return VARINTS[value]
    return _CONTINUED[value % TWO] + varint(value // TWO)


def integer(value: int) -> str:
    """Return an integer as a varint.

    Raises:
        OverflowError: It has more than 64 bits.
    """
    if TWO <= value < _FOUR:
        return _CONTINUED[value % TWO] + VARINTS[value // TWO]
    if value not in INT64:
        raise OverflowError
    return varint(value & _MASK64)


def double(value: float) -> str:
    """Return a floating point number."""
    return _DOUBLE(value).decode(ENCODING)


def fixed64(value: int) -> str:
    """Return a non-negative number of at most 64 bits at full width."""
    return _FIXED64(value).decode(ENCODING)


def sized(data: str) -> str:
    """Return wire text with its length before it."""
    return varint(len(data)) + data


def utf8(text: str) -> str:
    """Return text as UTF-8; a lone surrogate, which UTF-8 cannot carry, as its escape."""
    if text.isascii():
        return text
    try:
        return text.encode().decode(ENCODING)
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode(ENCODING)


def any_value(value: Any) -> str:
    """Return a plain value as an `AnyValue`."""
    encode = _ENCODERS.get(type(value))
    return encode(value) if encode is not None else any_value(plain(value))


def key_value(key: str, value: Any) -> str:
    """Return an attribute as a `KeyValue`."""
    return f"\x0a{sized(utf8(key))}\x12{sized(any_value(value))}"


def _integer(value: int) -> str:
    return f"\x18{integer(value)}" if value in INT64 else any_value(plain(value))


def _list(value: list[Any]) -> str:
    return "\x2a" + sized("".join(["\x0a" + sized(any_value(item)) for item in value]))


def _dict(value: dict[str, Any]) -> str:
    items = ["\x0a" + sized(key_value(key, item)) for key, item in value.items()]
    return "\x32" + sized("".join(items))


_ENCODERS: Final[dict[type, Callable[[Any], str]]] = {
    str: lambda value: f"\x0a{sized(utf8(value))}",
    bool: lambda value: "\x10\x01" if value else "\x10\x00",
    int: _integer,
    float: lambda value: f"\x21{double(value)}",
    list: _list,
    dict: _dict,
    bytes: lambda value: f"\x3a{sized(value.decode(ENCODING))}",
    type(None): lambda _: "",
}
