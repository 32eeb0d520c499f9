"""How OTTL is written: contexts, quoting, and the loan of attributes."""

import re
from collections.abc import Iterable
from typing import Final

LOAN: Final = "otlog.loan."
"""Prefix of attributes that exist only between two processors."""

SEEN: Final = "otlog.seen."
"""Prefix of marks that exist only between two processors: what a record may hold."""

KINDS: Final = ("numbers", "tokens", "words")
"""The kinds of value patterns: by what they are found cheaply."""

SHARED: Final = frozenset({"resource", "scope"})
"""Contexts that many items have in common."""

CONTEXTS: Final = {
    "logs": ("resource", "scope", "log"),
    "traces": ("resource", "scope", "span", "spanevent"),
    "metrics": ("resource", "scope", "datapoint"),
}
"""The contexts of each signal, outermost first."""

SIGNAL_STATEMENTS: Final = {
    "logs": "log_statements",
    "traces": "trace_statements",
    "metrics": "metric_statements",
}
"""The transform processor's setting for each signal."""


STRUCTURE: Final = "(IsMap(log.body) or IsList(log.body))"
"""A condition: the body is no text."""

OPEN: Final = r"\x{fdd0}"
"""Stands before a name to redact while names and values are looked for.

This and the next two are patterns of noncharacters, which Unicode keeps for internal use.
"""

CLOSE: Final = r"\x{fdd1}"
"""Stands after a name to redact while names and values are looked for."""

KEPT: Final = r"\x{fdd2}"
"""Stands for the first three characters of a mark while names and values are looked for."""

MARK: Final = r"\*{3}([A-Z]{3,20}\*{3}|HMAC:)"
"""A pattern of a mark of ours up to where it is sure to be one."""

_INTERNAL: Final = re.compile("[\ufdd0-\ufdef]")


def character(pattern: str) -> str:
    """The character of which this is the pattern."""
    return chr(int(pattern[3:-1], 16))


def first(excluded: str, *, escapes: bool = False) -> str:
    """A pattern of how a value starts that is no mark, where marks are replaced by `KEPT`.

    Args:
        excluded: Characters with which the value cannot go on, as in a character class.
        escapes: Whether a backslash with a character after it may stand there.
    """
    other = rf"\**[^{excluded}\\*{KEPT}]"
    return rf"(?:{other}|\\.)" if escapes else other


def quoted(text: str) -> str:
    """An OTTL string; ``$`` is doubled for the Collector's configuration."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    escaped = escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    escaped = _INTERNAL.sub(lambda match: rf"\u{ord(match[0]):x}", escaped)
    return f'"{escaped}"'


def cached(context: str, name: str) -> str:
    """A value that lives while one group of statements looks at one item."""
    return f'{context}.cache["{name}"]'


def seen(context: str, kind: str) -> str:
    """The mark of an item that may hold something of a kind."""
    return f'{context}.attributes["{SEEN}{kind}"]'


def lent(field: str) -> str:
    """The attribute under which a field of an item is lent."""
    context, _, name = field.partition(".")
    return f'{context}.attributes["{LOAN}{name}"]'


def any_index(target: str, literals: Iterable[str]) -> str:
    """A condition: one of the literals is in the target."""
    return " or ".join(f"Index({target}, {quoted(each)}) >= 0" for each in literals)
