"""Redaction turned off, for proofs that something would leak without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otel_logging.redaction.engine import Engine, Redactable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otel_logging.redaction.policy import Policy


class UnredactedEngine(Engine):
    """Leaves everything as it is."""

    def __init__(self, policy: Policy, service: str | None = None) -> None:
        """Check the policy all the same; the version says that it is not applied."""
        super().__init__(policy, service)
        self.version = "off"

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
