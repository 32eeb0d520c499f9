"""Events as the services write them, before anything is sent."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any


def name_of(record: logging.LogRecord) -> str | None:
    """The name of the event that a record is, if it is one."""
    return vars(record).get("otel.event.name")


def events(records: Iterable[logging.LogRecord], *names: str) -> list[dict[str, Any]]:
    """The attributes of the events that have one of these names, in order."""
    return [vars(record) for record in records if name_of(record) in names]


def names(records: Iterable[logging.LogRecord]) -> list[str]:
    """The names of all events, in order."""
    return [name for record in records if (name := name_of(record))]
