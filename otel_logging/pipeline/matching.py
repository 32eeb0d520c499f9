"""What was expected beside what came: a match, or what is different."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from otel_logging.backends.json_text import json_text

_NOTHING: Final = object()
_SHOWN: Final = 600


class Matching:
    """Stands in an expectation for any text in which a pattern is found."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    @classmethod
    def of(cls, pattern: str) -> Matching:
        """Return it for a regular expression of Python's."""
        return cls(re.compile(pattern))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self._pattern.search(other) is not None

    def __hash__(self) -> int:
        return hash(self._pattern)

    def __repr__(self) -> str:
        return f"!re {self._pattern.pattern!r}"


class Absent:
    """Stands in an expectation for what must not be there."""

    def __eq__(self, other: object) -> bool:
        return other is _NOTHING

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "!absent"


def differences(expected: Sequence[Any], came: Sequence[Any], name: str) -> list[str]:
    """Return what is different, one line each; none where every item has its match.

    An expected item matches one that has all that it names; each matches another one.
    """
    pairs = _paired(expected, came)
    left = [item for number, item in enumerate(came) if number not in pairs.values()]
    lines: list[str] = []
    for number, wanted in enumerate(expected):
        if number in pairs:
            continue
        if not left:
            lines.append(f"{name}[{number}]: did not come: {shown(wanted)}")
            continue
        nearest = min(left, key=lambda item: len([*_unlike(wanted, item, "")]))
        left.remove(nearest)
        lines += _unlike(wanted, nearest, f"{name}[{number}]")
    return [*lines, *(f"{name}: came unexpected: {shown(item)}" for item in left)]


def shown(value: Any) -> str:
    """A value on one line, cut where it is long."""
    text = json_text(value) if _plain(value) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _paired(expected: Sequence[Any], came: Sequence[Any]) -> dict[int, int]:
    """Give as many expected items as possible an item of their own (Kuhn's algorithm)."""
    owner: dict[int, int] = {}

    def find(number: int, tried: set[int]) -> bool:
        for place, item in enumerate(came):
            if place in tried or next(_unlike(expected[number], item, ""), None) is not None:
                continue
            tried.add(place)
            if place not in owner or find(owner[place], tried):
                owner[place] = number
                return True
        return False

    for number in range(len(expected)):
        find(number, set())
    return {number: place for place, number in owner.items()}


def _unlike(wanted: Any, item: Any, path: str) -> Iterator[str]:
    if isinstance(wanted, Mapping) and isinstance(item, Mapping):
        for name, value in wanted.items():
            yield from _unlike(value, item.get(name, _NOTHING), f"{path}.{name}")
    elif isinstance(wanted, list) and isinstance(item, list) and len(wanted) == len(item):
        for number, (value, other) in enumerate(zip(wanted, item, strict=True)):
            yield from _unlike(value, other, f"{path}[{number}]")
    elif wanted != item or isinstance(wanted, bool) != isinstance(item, bool):
        if isinstance(wanted, Matching | Absent) and wanted == item:
            return
        got = "nothing" if item is _NOTHING else shown(item)
        yield f"{path}: expected {shown(wanted)}, got {got}"


def _plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
