"""OTLP/JSON requests from cases, and what the file exporter wrote read back."""

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def any_value(value: Any) -> dict[str, Any]:
    """A Python value as AnyValue in OTLP/JSON."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": pairs(value)}}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    return {} if value is None else {"stringValue": str(value)}


def pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes in OTLP/JSON."""
    return [{"key": key, "value": any_value(value)} for key, value in attributes.items()]


def python_value(value: dict[str, Any]) -> Any:
    """AnyValue in OTLP/JSON as a Python value."""
    kind, content = next(iter(value.items()), ("", None))
    if kind == "kvlistValue":
        return mapping(content.get("values", []))
    if kind == "arrayValue":
        return [python_value(item) for item in content.get("values", [])]
    if kind == "bytesValue":
        return base64.b64decode(content)
    return int(content) if kind == "intValue" else content


def mapping(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    """Attributes in OTLP/JSON as a dictionary."""
    return {each["key"]: python_value(each["value"]) for each in attributes}


def requests(folder: Path, signal: str) -> Iterator[dict[str, Any]]:
    """Every request that the file exporter wrote."""
    for file in sorted(folder.glob(f"{signal}*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            yield json.loads(line)


def items(requests: Iterable[dict[str, Any]], *path: str) -> Iterator[dict[str, Any]]:
    """Every item below a path of list fields, such as resourceLogs, scopeLogs, logRecords."""
    for request in requests:
        found = [request]
        for step in path:
            found = [child for each in found for child in each.get(step, [])]
        yield from found
