"""What a service has printed: the ground truth of what it wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Printed:
    """The lines of one service, by ID; each with the byte at which its last line begins.

    Attributes:
        records: The records that it meant to send.
        spans: The spans in which they were written.
        outcomes: The orders of which it told the outcome.
    """

    records: dict[str, int] = field(default_factory=dict)
    spans: dict[str, int] = field(default_factory=dict)
    outcomes: set[str] = field(default_factory=set)


_OUTCOMES = ("order.completed", "order.failed", "completed", "failed")


def read(file: Path) -> Printed:
    """Read a service's output; what is no record's line is left out."""
    printed, at = Printed(), 0
    with file.open("rb") as lines:
        for line in lines:
            _note(printed, line, at)
            at += len(line)
    return printed


def _note(printed: Printed, line: bytes, at: int) -> None:
    if not line.startswith(b'{"timestamp"'):
        return
    try:
        record = json.loads(line)
    except ValueError:
        return
    attributes = record["attributes"]
    # What telemetry says of itself is printed only.
    if record["resource"].get("otlog.log.exported"):
        printed.records[attributes["log.record.uid"]] = at
    # Told again after a restart, an audit event names a span of earlier.
    if record["span_id"] and "audit.record.id" not in attributes:
        printed.spans[record["span_id"]] = at
    if (attributes.get("order.status") or attributes.get("event.type")) in _OUTCOMES:
        printed.outcomes.add(attributes.get("order.id", ""))
