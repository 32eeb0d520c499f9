"""The attributes of records as OTLP, by functions made for their shape.

The lines of a service have few shapes: names of attributes, in an order, with the types of their
values. For a shape that comes often a function is made, as `dataclasses` makes `__init__`: one
formatted string in which all is fixed but the values and the lengths before them. It takes half
the time of a loop. Its source is put together from the pieces below and from positions; nothing
of a record is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

from otel_logging.bridge import wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

Encoder = Callable[..., str | None]
"""Takes the values of a shape and returns their fields; None for values of other types."""

MAX_SHAPES: Final = 512
"""Shapes known at a time."""

MAX_FIELDS: Final = 40
"""Most attributes of a shape that gets a function."""

OFTEN: Final = 32
"""Records of a shape after which it gets a function, which costs as much as so many records."""

_REMEMBERED: Final = 256
"""Sizes of texts below this have what stands before them remembered."""

_PIECES: Final = {
    str: ("if not v{0}.isascii(): v{0} = utf8(v{0})", "{{h{0}[len(v{0})]}}{{v{0}}}"),
    int: (
        "v{0} = VARINTS[v{0}] if 0 <= v{0} < TWO else integer(v{0})",
        "{{h{0}[len(v{0})]}}{{v{0}}}",
    ),
    float: ("", "{{h{0}[8]}}{{double(v{0})}}"),
}
"""By type: what is done with a value, and how it then stands in the formatted string."""

_OTHER: Final = ("", "{{field{0}(v{0})}}")

_shapes: dict[tuple[str, ...], Encoder | int] = {}
"""Functions by the names of the attributes; where there is none, how often the names came."""


def fields(attributes: Mapping[str, Any]) -> str:
    """Return attributes as fields of a `LogRecord`."""
    names = tuple(attributes)
    known = _shapes.get(names, 0)
    if type(known) is not int:
        try:
            encoded = known(*attributes.values())  # type: ignore[operator]
        except OverflowError:
            encoded = None
        if encoded is not None:
            return encoded
    elif len(names) <= MAX_FIELDS:
        _learn(attributes, known + 1)
    return "".join([_field(key, value) for key, value in attributes.items()])


def _learn(attributes: Mapping[str, Any], count: int) -> None:
    """Note that these names came, and make their function if they come often."""
    if len(_shapes) >= MAX_SHAPES:
        _shapes.clear()
    _shapes[tuple(attributes)] = count if count < OFTEN else _made(attributes)


def _made(attributes: Mapping[str, Any]) -> Encoder:
    """Make the function for these names and values of these types."""
    kinds = tuple(map(type, attributes.values()))
    namespace: dict[str, Any] = {
        "VARINTS": wire.VARINTS,
        "TWO": wire.TWO,
        "utf8": wire.utf8,
        "double": wire.double,
        "integer": wire.integer,
    }
    for position, (name, kind) in enumerate(zip(attributes, kinds, strict=True)):
        namespace[f"t{position}"] = kind
        namespace[f"h{position}"] = _Heads(name, kind)
        namespace[f"field{position}"] = partial(_field, name)
    exec(_code(kinds), namespace)  # noqa: S102 - see the docstring of the module
    made: Encoder = namespace["encode"]
    return made


@lru_cache(maxsize=MAX_SHAPES)
def _code(kinds: tuple[type, ...]) -> CodeType:
    """Compile the function for values of these types."""
    pieces = [_PIECES.get(kind, _OTHER) for kind in kinds]
    parameters = ", ".join([f"v{at}" for at in range(len(kinds))])
    others = [f"type(v{at}) is not t{at}" for at, piece in enumerate(pieces) if piece is not _OTHER]
    lines = [piece[0].format(at) for at, piece in enumerate(pieces) if piece[0]]
    text = "".join([piece[1].format(at) for at, piece in enumerate(pieces)])
    body = [f"if {' or '.join(others) or False}: return None", *lines, f'return f"{text}"']
    source = f"def encode({parameters}):\n" + "".join([f"    {line}\n" for line in body])
    return compile(source, "<fields>", "exec")


class _Heads(dict[int, str]):
    """What stands before a value in the field of an attribute, by the size of the value."""

    def __init__(self, key: str, kind: type) -> None:
        super().__init__()
        self._key = f"\x0a{wire.sized(wire.utf8(key))}\x12"
        self._kind = kind

    def __missing__(self, size: int) -> str:
        tag = {str: f"\x0a{wire.varint(size)}", int: "\x18"}.get(self._kind, "\x21")
        before = f"{self._key}{wire.varint(len(tag) + size)}{tag}"
        head = f"\x32{wire.varint(len(before) + size)}{before}"
        if size < _REMEMBERED:
            self[size] = head
        return head


def _field(key: str, value: Any) -> str:
    return "\x32" + wire.sized(wire.key_value(key, value))
