"""How OTTL is written: contexts, quoting, and the loan of attributes."""

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


def quoted(text: str) -> str:
    """An OTTL string; ``$`` is doubled for the Collector's configuration."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    escaped = escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
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
