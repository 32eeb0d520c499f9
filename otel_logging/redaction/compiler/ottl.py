"""How OTTL is written: contexts, quoting, and the loan of attributes."""

from collections.abc import Iterable
from typing import Final

LOAN: Final = "otlog.loan."
"""Prefix of attributes that exist only between two processors."""

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


def any_index(target: str, literals: Iterable[str]) -> str:
    """A condition: one of the literals is in the target."""
    return " or ".join(f"Index({target}, {quoted(each)}) >= 0" for each in literals)
