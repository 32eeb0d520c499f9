"""What is dropped last when there is no room: events before lines, audit events before all."""

from __future__ import annotations

from typing import Any, Final

AUDIT_PREFIXES: Final = ("auth.", "admin.")
"""Domains of the events that are evidence; see `otel_logging.events`."""


def importance(event_name: Any) -> int:
    """Return 0 for a log line, 1 for an event, 2 for an audit event."""
    if event_name is None:
        return 0
    return 2 if str(event_name).startswith(AUDIT_PREFIXES) else 1
