"""URLs of the lens's own pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from otel_logging.backends import LogRecord


def address(path: str, parameters: Mapping[str, Any], fragment: str | None = None) -> str:
    """Return a path with the parameters that are given, in their order."""
    given = {name: value for name, value in parameters.items() if value not in (None, "", [], ())}
    query = urlencode(given, doseq=True, safe=":=", quote_via=quote)
    return path + (f"?{query}" if query else "") + (f"#{quote(fragment)}" if fragment else "")


def logs_url(fragment: str | None = None, /, **parameters: Any) -> str:
    """Return the page of log records under some filters."""
    return address("/logs", parameters, fragment)


def record_url(record: LogRecord) -> str:
    """Return the page of one record."""
    return address("/record", {"at": record.timestamp, "uid": record.uid})


def trace_url(trace_id: str, span_id: str | None = None) -> str:
    """Return the page of a transaction, at one of its spans."""
    return address(f"/traces/{quote(trace_id)}", {}, f"span-{span_id}" if span_id else None)
