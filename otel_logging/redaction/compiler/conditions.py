"""Conditions on an item's texts: data first, OTTL last, so that a test can evaluate them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from otel_logging.redaction.compiler.ottl import any_index, cached, quoted

_SPECIAL: Final = re.compile(r"[\\.+*?()\[\]{}|^$]")


@dataclass(frozen=True, slots=True)
class Matches:
    """A pattern matches somewhere in a text.

    Attributes:
        text: Name of the text in the item's cache.
        pattern: In Go syntax. Go searches one that starts with a literal at the speed of that
            literal, some hundred times faster than one that does not.
    """

    text: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Every:
    """All of some conditions hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of some conditions holds; of none, none does."""

    parts: tuple["Condition", ...]


Condition = Matches | Every | Some


def ottl(condition: Condition, context: str) -> str:
    """A condition on an item of a context, as OTTL."""
    if isinstance(condition, Matches):
        plain = condition.pattern.replace("\\", "")
        if plain and literal(plain) == condition.pattern:
            return any_index(cached(context, condition.text), [plain])
        return f"IsMatch({cached(context, condition.text)}, {quoted(condition.pattern)})"
    joint = " and " if isinstance(condition, Every) else " or "
    inner = joint.join(ottl(part, context) for part in condition.parts)
    if len(condition.parts) == 1:
        return inner
    return f"({inner})" if inner else "false"


def literal(text: str) -> str:
    """A pattern of exactly this text."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def contains(text: str, literals: Iterable[str]) -> Some:
    """One of some literals is in a text."""
    return Some(tuple(Matches(text, literal(each)) for each in literals))
