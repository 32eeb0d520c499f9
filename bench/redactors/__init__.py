"""Redactors, one a file: ``create()`` makes one with its defaults."""

from collections.abc import Sequence
from typing import Any, Protocol

from bench.records import Sample


class Redactor(Protocol):
    """One redactor, set up."""

    def prepare(self, samples: Sequence[Sample]) -> list[Any]:
        """The records in the form that the redactor takes; not timed."""

    def redact(self, records: list[Any]) -> list[Any]:
        """The records, redacted."""


def texts(value: Any) -> list[str]:
    """Every text in a value, keys left out."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in texts(item)]
    return []
