"""Severity numbers and their short names (OpenTelemetry Logs Data Model, SeverityNumber)."""

from __future__ import annotations

from otel_logging.store.errors import ParameterError

NAMES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
ERROR = 17
"""The lowest severity number that tells of an error."""

_ALIASES = {"WARNING": "WARN", "CRITICAL": "FATAL", "NOTSET": "TRACE"}


def text_of(number: int) -> str:
    """Return the short name of a severity number; INFO stands for an unknown one."""
    return NAMES[(number - 1) // 4] if 1 <= number <= 24 else "INFO"


def number_of(number: int, text: str) -> int:
    """Return a severity number between 1 and 24, from the text when the number is not given."""
    if 1 <= number <= 24:
        return number
    name = _ALIASES.get(text.upper(), text.upper())
    return NAMES.index(name) * 4 + 1 if name in NAMES else 9


def lowest(name: str) -> int:
    """Return the lowest severity number that a name covers.

    Raises:
        ParameterError: When it is none of the six names or their aliases.
    """
    known = _ALIASES.get(name.upper(), name.upper())
    if known not in NAMES:
        raise ParameterError("severity", name, f"must be one of {', '.join(NAMES)}")
    return NAMES.index(known) * 4 + 1
