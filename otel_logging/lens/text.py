"""Pieces of text that several views share."""

from __future__ import annotations

import re
from typing import Any

from rich.text import Text

from otel_logging.backends import LogRecord, Span
from otel_logging.backends.json_text import json_text

SEVERITY_STYLES = {
    "TRACE": "dim",
    "DEBUG": "dim",
    "INFO": "green",
    "WARN": "yellow",
    "ERROR": "bold red",
    "FATAL": "bold white on red",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: control characters stand as their code."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text.replace("\r\n", "\n"))


def shown(value: Any) -> str:
    """Return any attribute or body as text."""
    return printable(json_text(value))


def severity(record: LogRecord) -> Text:
    """Return a record's level in its colour, five columns wide."""
    name = record.severity.upper()
    return Text(printable(name).ljust(5), style=SEVERITY_STYLES.get(name, "cyan"))


def error_text(attributes: dict[str, Any]) -> str | None:
    """Return `type: message` of the exception in some attributes; None without one."""
    kind = attributes.get("exception.type")
    message = attributes.get("exception.message")
    if kind is None and message is None:
        return None
    return ": ".join(shown(part) for part in (kind or "exception", message) if part)


def span_errors(span: Span) -> list[str]:
    """Return what went wrong in a span: its exceptions, else the message of its status."""
    exceptions = [error_text(event.attributes) for event in span.events]
    found = list(dict.fromkeys(text for text in exceptions if text))
    if found or not span.failed:
        return found
    return [printable(span.status.message or shown(span.attributes.get("error.type", "failed")))]
