"""Values of any type as the plain values that a log record can carry."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any, Final

MAX_TEXT: Final = 64 * 1024
"""Longest text kept, in characters."""

MAX_DEPTH: Final = 24
"""Deepest nesting kept."""

MAX_ITEMS: Final = 2_000
"""Most items kept of one value, counted over all its levels."""

INT64: Final = range(-(2**63), 2**63)
"""Integers that OTLP can carry as such."""


def plain(value: Any) -> Any:
    """Return a copy of a value made of str, int, float, bool, None, bytes, list and dict.

    Later changes of the original do not reach the copy. Text, depth and number of items are
    capped. Never raises: what cannot be read is named by its type.
    """
    return measured(value)[0]


def measured(value: Any) -> tuple[Any, int]:
    """Return `plain(value)` and a rough count of the bytes that it needs."""
    copying = _Copy()
    try:
        return copying.copy(value, MAX_DEPTH), copying.size
    except Exception:  # noqa: BLE001 - an application's object may do anything
        return unreadable(value), 0


def cap_text(text: str) -> str:
    """Cut a long text at white space.

    A word is never cut in two: half a token would pass redaction and still be a secret.
    """
    if len(text) <= MAX_TEXT:
        return text
    words = text[:MAX_TEXT].rsplit(None, 1)
    kept = words[0] if len(words) == 2 else ""
    return f"{kept} [truncated: {len(text)} characters]"


def safe_str(value: Any) -> str:
    """Return `str(value)`, or the value's type where that raises."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - __str__ may raise anything
        return unreadable(value)


def unreadable(value: Any) -> str:
    """Name a value that cannot be read."""
    return f"<unreadable {type(value).__qualname__}>"


class _Copy:
    """One deep copy: counts its items and bytes and knows the containers it is in."""

    def __init__(self) -> None:
        self.size = 0
        self._left = MAX_ITEMS
        self._inside: set[int] = set()

    def copy(self, value: Any, depth: int) -> Any:
        scalar = _scalar(value)
        if scalar is not _NOT_SCALAR:
            self.size += 16 + (len(scalar) if isinstance(scalar, (str, bytes)) else 0)
            return scalar
        if id(value) in self._inside:
            return "[cycle]"
        if depth == 0 or self._left <= 0:
            return "[truncated]"
        self._inside.add(id(value))
        try:
            return self._container(value, depth - 1)
        finally:
            self._inside.discard(id(value))

    def _container(self, value: Any, depth: int) -> Any:
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        fields = _fields(value)
        if fields is not None:
            return self._mapping(fields, depth)
        if isinstance(value, (Sequence, AbstractSet)):
            return self._sequence(value, depth)
        return cap_text(safe_str(value))

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        for key, item in list(islice(value.items(), self._left + 1)):
            if self._left <= 0:
                copied["[truncated]"] = len(value)
                break
            self._left -= 1
            copied[key if type(key) is str else cap_text(safe_str(key))] = self.copy(item, depth)
        return copied

    def _sequence(self, value: Any, depth: int) -> list[Any]:
        copied: list[Any] = []
        for item in list(islice(value, self._left + 1)):
            if self._left <= 0:
                copied.append("[truncated]")
                break
            self._left -= 1
            copied.append(self.copy(item, depth))
        return copied


_NOT_SCALAR: Final = object()


def _scalar(value: Any) -> Any:
    """Return the plain form of a value without items, or `_NOT_SCALAR`."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _scalar(value.value) if isinstance(value.value, (str, int, float)) else value.name
    for kind, convert in _SCALARS:
        if isinstance(value, kind):
            return convert(value)
    return _NOT_SCALAR


def _integer(value: int) -> int | str:
    value = int(value)
    if value in INT64:
        return value
    # Decimal text of a huge integer takes quadratic time, and Python refuses it.
    return str(value) if value.bit_length() < 4_096 else f"<int of {value.bit_length()} bits>"


_SCALARS: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (str, lambda text: cap_text(str.__str__(text))),
    (int, _integer),
    (float, float),
    ((bytes, bytearray, memoryview), lambda data: bytes(data[:MAX_TEXT])),
    ((dt.date, dt.time), lambda moment: moment.isoformat()),
)


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """Return the fields of a dataclass, a named tuple, or a pydantic, attrs or msgspec object."""
    kind = type(value)
    if dataclasses.is_dataclass(kind):
        return {field.name: getattr(value, field.name, None) for field in dataclasses.fields(kind)}
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return dict(zip(kind._fields, value, strict=False))
    if hasattr(kind, "model_fields") and hasattr(value, "__dict__"):
        return dict(vars(value))
    names = getattr(kind, "__struct_fields__", None)
    if names is None:
        names = [field.name for field in getattr(kind, "__attrs_attrs__", ())]
    return {name: getattr(value, name, None) for name in names} or None
