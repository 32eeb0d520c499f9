"""The Collector's overlay `alerts`: what it counts in records for the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerting.catalogue import Entry
from alerting.kinds.patterns import metric

ERRORS = "otlog.collector.errors"
FAILURES = "otlog.collector.dependency_failures"
_SERVICE = {"key": "service.name", "default_value": "unknown_service"}


def overlay(entries: Sequence[Entry]) -> dict[str, Any]:
    """The content of `collector/overlays/alerts.yaml`.

    Counts of senders at work side by side become one sum only when they are put in order by one
    queue first (`batch/count`), and have one time on the page (`transform/count`).
    """
    counts = {ERRORS: _errors()}
    for entry in entries:
        for pattern in entry.patterns:
            counts[metric(pattern)] = _pattern(entry.service, pattern.regex, pattern.meaning)
    return {
        "connectors": {"count/alerts": {"logs": counts, "spans": {FAILURES: _failures()}}},
        "service": {
            "pipelines": {
                "logs/alerts": {"receivers": ["forward/redacted"], "exporters": ["count/alerts"]},
                "traces/alerts": {"receivers": ["forward/redacted"], "exporters": ["count/alerts"]},
                "metrics/alerts": {
                    "receivers": ["count/alerts"],
                    "processors": ["batch/count"],
                    "exporters": ["forward/received"],
                },
            }
        },
    }


def _failures() -> dict[str, Any]:
    """Calls without an answer leave no duration: OpenTelemetry's metric of httpx misses them."""
    status = 'attributes["http.response.status_code"]'
    failed = "kind == SPAN_KIND_CLIENT and status.code == STATUS_CODE_ERROR"
    return {
        "description": "Calls of another service that got no answer, or one of 500 and above.",
        "conditions": [f"{failed} and ({status} == nil or {status} >= 500)"],
        "attributes": [
            _SERVICE,
            {"key": "server.address", "default_value": "unknown"},
            {"key": "server.port", "default_value": "0"},
        ],
    }


def _errors() -> dict[str, Any]:
    return {
        "description": "Error records with an exception, by its type.",
        "conditions": ["severity_number >= SEVERITY_NUMBER_ERROR"],
        # A record without an exception has no such attribute, and is not counted.
        "attributes": [_SERVICE, {"key": "exception.type"}],
    }


def _pattern(service: str, regex: str, meaning: str) -> dict[str, Any]:
    quoted = regex.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    of_service = f'resource.attributes["service.name"] == "{service}"'
    return {
        "description": f"Records in which a pattern was found: {meaning}.",
        "conditions": [
            f'{of_service} and IsString(body) and IsMatch(body, "{quoted}")',
        ],
        "attributes": [_SERVICE],
    }
