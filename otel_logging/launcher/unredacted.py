"""Redaction turned off, for proofs that something would leak without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otel_logging.redaction.engine import Engine, Redactable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class UnredactedEngine(Engine):
    """Leaves everything as it is."""

    def text(self, text: str) -> str:
        """Return the text."""
        return text

    def attributes(self, attributes: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return a copy of the attributes."""
        return dict(attributes or {})

    def body(self, body: Any) -> Any:
        """Return the body."""
        return body

    def records(self, records: Sequence[Redactable]) -> None:
        """Leave the records as they are."""
