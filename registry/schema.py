"""`otel_logging/record.schema.json`: the JSON form of a record, for any JSON Schema tool."""

from __future__ import annotations

import json
from typing import Any, Final

from registry.model import Registry

FORBIDDEN: Final = (
    "level",
    "lvl",
    "loglevel",
    "LEVEL",
    "Level",
    "severity",
    "SEVERITY",
    "Severity",
)
"""Attributes that viewers would take for the record's severity."""

TYPES: Final[dict[str, dict[str, Any]]] = {
    "string": {"type": "string"},
    "int": {"type": "integer"},
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "string[]": {"type": "array", "items": {"type": "string"}},
    "map": {"type": "object"},
    "any": {},
}


def schema(registry: Registry) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12)."""
    on_records = {
        name: {**TYPES[attribute.type], "description": attribute.meaning}
        for name, attribute in sorted(registry.attributes.items())
        if "log" in attribute.signals
    }
    required = [
        name
        for name, attribute in registry.attributes.items()
        if "log" in attribute.signals and attribute.requirement == "required"
    ]
    members = {
        "timestamp": _text(
            "When it was written: RFC 3339, UTC, nanoseconds.",
            r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$",
        ),
        "severity": _text("TRACE, DEBUG, INFO, WARN, ERROR, FATAL, or a custom level.", r"^.+$"),
        "body": {"description": "The message, or a structured body."},
        "service": _text("`service.name` of the resource.", r"^.+$"),
        "scope": _text("Name of the logger.", r"^.+$"),
        "trace_id": _id("Trace that it was written in.", 32),
        "span_id": _id("Span that it was written in.", 16),
        "event_name": {"description": "Name of the event.", "type": ["string", "null"]},
        "attributes": {
            "description": "Attributes by name; others than these may stand beside.",
            "type": "object",
            "required": required,
            "properties": on_records,
            "propertyNames": {"not": {"enum": list(FORBIDDEN)}},
        },
        "resource": {
            "description": "Attributes of the process that wrote.",
            "type": "object",
            "required": ["service.name"],
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Log record",
        "description": "Generated from docs/attributes.yaml by `python -m registry`.",
        "type": "object",
        "required": list(members),
        "additionalProperties": False,
        "properties": members,
        # A trace has its span, and none comes alone.
        "dependentSchemas": {
            "trace_id": {
                "if": {"properties": {"trace_id": {"type": "null"}}},
                "then": {"properties": {"span_id": {"type": "null"}}},
                "else": {"properties": {"span_id": {"type": "string"}}},
            }
        },
    }


def text(registry: Registry) -> str:
    """Return the text of the file."""
    return json.dumps(schema(registry), indent=2, ensure_ascii=False) + "\n"


def _text(description: str, pattern: str) -> dict[str, Any]:
    return {"description": description, "type": "string", "pattern": pattern}


def _id(description: str, digits: int) -> dict[str, Any]:
    return {
        "description": description,
        "type": ["string", "null"],
        "pattern": f"^[0-9a-f]{{{digits}}}$",
    }
