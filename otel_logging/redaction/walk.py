"""Walks a value of any shape: decides by key and path, and gathers the texts to search.

A walk copies every container, so that what the caller holds is never changed.
"""

import dataclasses
import enum
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from otel_logging.redaction.marks import is_mark, is_partial
from otel_logging.redaction.rules import Decision, Rules
from otel_logging.redaction.shapes import TITLES

MAX_DEPTH: Final = 64
"""Containers nested deeper than this are masked as a whole."""

MAX_NODES: Final = 100_000
"""Values looked at in one record, which bounds structures that contain themselves."""

_NAMES: Final = frozenset([*TITLES.split("|"), "k"])
_VALUES: Final = frozenset(
    form
    for word in ("value", "val", "content", "data", "text", "v")
    for form in (word, word.capitalize(), word.upper())
)
_PLAIN_SIZE: Final = 256
SMALLEST: Final = 10**8
"""Numbers nearer to zero are no secrets."""

_LONGEST: Final = 10**400
"""Whole numbers from here on are masked unseen: Python refuses to write the longest out."""

Leaf = tuple[str, Any, Any, str, Callable[[str], Any] | None]
"""A text to search, the container and the key where it stands, its path, and how the redacted
text becomes a value again."""


class FieldName(str):
    """A leaf's key that names an attribute of an object and not an item of a container."""

    __slots__ = ()


def put(leaf: Leaf, text: str) -> None:
    """Put a redacted text in a leaf's place."""
    _, container, key, _, convert = leaf
    value = convert(text) if convert else text
    if isinstance(key, FieldName):
        setattr(container, key, value)
    else:
        container[key] = value


@dataclass(slots=True)
class Walk:
    """One pass over one or more values.

    Attributes:
        rules: The key and path rules.
        redact: Gives the mark of a value that a rule redacts.
        clean_key: Gives the form of a key that is free of secrets.
        failed: Gives the mark of a value that could not be read, and counts it.
        plain: For each path the names below it, with their paths, that are known to hold no rule
            and no secret, which spares all questions.
        budget: How many more values are looked at; the rest is masked unseen.
        leaves: The texts met on the way.
        smallest: Numbers nearer to zero than this are passed over.
    """

    rules: Rules
    redact: Callable[[Decision, Any], Any]
    clean_key: Callable[[str], str]
    failed: Callable[[], Any]
    plain: dict[str, dict[str, str]]
    budget: int = MAX_NODES
    leaves: list[Leaf] = field(default_factory=list)
    smallest: int = SMALLEST

    def mapping(self, value: Mapping[Any, Any], path: str = "", depth: int = 0) -> dict[Any, Any]:
        """A redacted copy of a map; `leaves` are still to be searched."""
        result: dict[Any, Any] = {}
        paired = None if _VALUES.isdisjoint(value) else self._pair_decision(value)
        plain, leaves = self.plain.get(path, {}) if paired is None else {}, self.leaves
        smallest = self.smallest
        for key, item in value.items():
            below, kind = plain.get(key), type(item)
            if below is None or type(key) is not str:
                self._entry(result, key, item, path, paired, depth)
            elif kind is str:
                result[key] = item
                leaves.append((item, result, key, below, None))
            elif (kind is int or kind is float) and -smallest < item < smallest:
                result[key] = item
            else:
                self.into(result, key, item, below, depth)
        return result

    def _entry(self, result: Any, key: Any, item: Any, path: str, paired: Any, depth: int) -> None:
        """Place an entry whose path is not known to be plain."""
        name = key if isinstance(key, str) else _as_text(key)
        below = f"{path}.{name}" if path else name
        decision, clean = self.rules.decide(below), self.clean_key(name)
        if decision is None and clean == name == key:
            if len(self.plain) >= _PLAIN_SIZE:
                self.plain.clear()
            known = self.plain.setdefault(path, {})
            if len(known) >= _PLAIN_SIZE:
                known.clear()
            known[name] = below
        if decision is None and paired and name in _VALUES:
            decision = paired
        self._place(result, clean, item, below, decision, depth)

    def _place(
        self, target: Any, key: Any, item: Any, path: str, decision: Decision | None, depth: int
    ) -> None:
        if decision is None or _is_empty(item):
            self.into(target, key, item, path, depth)
        elif decision.open and isinstance(item, Mapping):
            target[key] = self._opened(item, path, depth)
        elif decision.action == "drop":
            self._redacted(decision, item, path)
            if isinstance(target, list):
                target[key] = None
        else:
            target[key] = self._redacted(decision, item, path)

    def _redacted(self, decision: Decision, item: Any, path: str) -> Any:  # noqa: ARG002
        """The mark of a value; a walk that explains notes the path."""
        return self.redact(decision, item)

    def _opened(self, item: Mapping[Any, Any], path: str, depth: int) -> Any:
        """A redacted map below which some names are safe."""
        result: dict[Any, Any] = {}
        for key, value in item.items():
            below = f"{path}.{_as_text(key)}"
            self._place(
                result,
                self.clean_key(_as_text(key)),
                value,
                below,
                self.rules.decide(below),
                depth + 1,
            )
        return result

    def sequence(self, items: list[Any], path: str, depth: int) -> list[Any]:
        """A redacted copy of a list; a list of pairs is read as names and values."""
        result: list[Any] = [None] * len(items)
        below = f"{path}[]"
        for index, item in enumerate(items):
            decision = self._element_decision(items, index, below)
            if decision is not None:
                self._place(result, index, item, below, decision, depth)
            elif (pair := self._pair(item)) is not None:
                result[index] = [None, None]
                self.into(result[index], 0, item[0], below, depth + 1)
                self._place(result[index], 1, item[1], below, pair, depth + 1)
            else:
                self.into(result, index, item, below, depth)
        return result

    def _element_decision(self, items: list[Any], index: int, path: str) -> Decision | None:
        """A decision for an element by its path, or by the flag that stands before it."""
        before = items[index - 1] if index else None
        if isinstance(before, str) and before.startswith("-") and "=" not in before:
            return self.rules.decide(before.lstrip("-"))
        return self.rules.decide(path) if self.rules.has_paths else None

    def _pair(self, item: Any) -> Decision | None:
        """The decision for a (name, value) pair inside a list."""
        if not isinstance(item, (list, tuple)) or len(item) != 2:
            return None
        name = item[0]
        return self.rules.decide(_as_text(name)) if isinstance(name, (str, bytes)) else None

    def _pair_decision(self, value: Mapping[Any, Any]) -> Decision | None:
        """The decision for the value of a map such as ``{"name": "password", "value": …}``."""
        if not 2 <= len(value) <= 8:
            return None
        for key in value:
            if (
                isinstance(key, str)
                and key.lower() in _NAMES
                and isinstance(value[key], (str, bytes))
                and (decision := self.rules.decide(_as_text(value[key])))
            ):
                return decision
        return None

    def into(self, target: Any, key: Any, item: Any, path: str, depth: int) -> None:
        """Put a redacted copy of ``item`` into ``target[key]``, or note it as a leaf."""
        self.budget -= 1
        kind = type(item)
        if kind is str:
            target[key] = item
            self.leaves.append((item, target, key, path, None))
        elif item is None or kind is bool:
            target[key] = item
        elif kind is int or kind is float:
            target[key] = item
            if not -self.smallest < item < self.smallest:
                self._number(target, key, item, path)
        elif depth >= MAX_DEPTH or self.budget < 0:
            target[key] = self._redacted(_LIMIT, item, path)
        else:
            try:
                self._container(target, key, item, path, depth)
            except Exception:  # noqa: BLE001
                target[key] = self.failed()

    def _number(self, target: Any, key: Any, item: float, path: str) -> None:
        """Numbers can be secrets too: a card number is 12 digits or more."""
        if isinstance(item, int) and abs(item) >= _LONGEST:
            target[key] = self._redacted(_LIMIT, item, path)
        elif abs(item) >= SMALLEST:
            text = str(int(item)) if math.isfinite(item) else ""
            self.leaves.append((text, target, key, path, None))

    def _container(self, target: Any, key: Any, item: Any, path: str, depth: int) -> None:
        kind = type(item)
        # The first two are most of what there is, and quicker to tell than any Mapping.
        if kind is dict:
            target[key] = self.mapping(item, path, depth + 1)
        elif kind is list:
            target[key] = self.sequence(item, path, depth + 1)
        elif isinstance(item, Mapping):
            target[key] = self.mapping(item, path, depth + 1)
        elif isinstance(item, tuple) and hasattr(item, "_asdict"):
            target[key] = self.mapping(item._asdict(), path, depth + 1)
        elif isinstance(item, (list, tuple, set, frozenset)):
            target[key] = self.sequence(list(item), path, depth + 1)
        elif isinstance(item, (bytes, bytearray, memoryview)):
            self._bytes(target, key, bytes(item), path)
        elif (fields := _fields(item)) is not None:
            target[key] = self.mapping(fields, path, depth + 1)
        else:
            value = item.value if isinstance(item, enum.Enum) else str(item)
            self.into(
                target, key, value if isinstance(value, (str, int)) else str(value), path, depth + 1
            )

    def _bytes(self, target: Any, key: Any, item: bytes, path: str) -> None:
        """Bytes are read as UTF-8, UTF-16 where every other byte is zero, or Latin-1."""
        target[key] = item
        encoding = _encoding(item)
        self.leaves.append(
            (
                item.decode(encoding),
                target,
                key,
                path,
                lambda text: text.encode(encoding, "replace"),
            )
        )


_LIMIT = Decision("limit", "mask", kind="limit")


def _is_empty(item: Any) -> bool:
    """Whether a value cannot be a secret: nothing, a truth value, or a mark already."""
    if isinstance(item, str):
        return not item or is_mark(item)
    return (
        item is None
        or isinstance(item, bool)
        or (isinstance(item, (list, tuple, dict)) and not item)
    )


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else str(value)


def _encoding(item: bytes) -> str:
    if len(item) >= 4 and not len(item) % 2:
        if item[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            return "latin-1" if _undecodable(item, "utf-16") else "utf-16"
        if not any(item[1::2]):
            return "utf-16-le"
        if not any(item[::2]):
            return "utf-16-be"
    return "latin-1" if _undecodable(item, "utf-8") else "utf-8"


def _undecodable(item: bytes, encoding: str) -> bool:
    try:
        item.decode(encoding)
    except UnicodeDecodeError:
        return True
    return False


def _fields(item: Any) -> dict[str, Any] | None:
    """The fields of a dataclass, a pydantic model, a named tuple-like or attrs object."""
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return {each.name: getattr(item, each.name, None) for each in dataclasses.fields(item)}
    names = getattr(type(item), "model_fields", None) or getattr(
        type(item), "__struct_fields__", None
    )
    if names is None:
        names = [each.name for each in getattr(type(item), "__attrs_attrs__", ())] or None
    if names is None:
        return None
    extra = getattr(item, "model_extra", None) or {}
    return {**{str(name): getattr(item, str(name), None) for name in names}, **extra}


def is_marked(item: Any) -> bool:
    """Whether a value is a mark of any form."""
    return isinstance(item, str) and (is_mark(item) or is_partial(item))
