"""Cuts records and spans where their attributes begin: key and path rules count from there."""

from collections.abc import Iterator, Mapping
from typing import Any

_ROOTS = ("attributes", "resource", "body")
_LISTS = ("events", "links")


def parts(value: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of a record, a span or a list of those, with their paths; others as they are."""
    if isinstance(value, list) and any(map(_is_telemetry, value)):
        for index, each in enumerate(value):
            yield from parts(each, f"{above}[{index}]")
    elif isinstance(value, Mapping) and _is_telemetry(value):
        for name in _ROOTS:
            if name in value:
                yield joined(above, name), value[name]
        for name in _LISTS:
            if name in value:
                yield from parts(value[name], joined(above, name))
        yield above, {k: v for k, v in value.items() if k not in {*_ROOTS, *_LISTS}}
    else:
        yield above, value


def joined(above: str, below: str) -> str:
    """Two paths as one."""
    return f"{above}.{below}" if above and below and not below.startswith("[") else above + below


def _is_telemetry(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("attributes"), Mapping)
