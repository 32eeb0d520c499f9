"""`docs/attributes.md`: the registry for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from registry.model import Attribute, Registry

CONVENTIONS: Final = "https://opentelemetry.io/docs/specs/semconv/registry/attributes/"

HEAD: Final = """# Attributes, events and metrics

Generated from [attributes.yaml](attributes.yaml) by `python -m registry`. Everything that the
library and the services write is listed here; the end-to-end test refuses what is not.

**Origin** is OpenTelemetry's semantic conventions (stable or in development) or our own.
**Sensitivity**: *personal* is about a person; *captured* may hold anything, so every redaction
rule goes over it. **Required**: *always* means on every record, span or point that it stands on.
"""


def document(registry: Registry) -> str:
    """Return the text of the document."""
    parts = [HEAD, "## Attributes\n", _attributes(registry), "\n## Events\n"]
    parts += [
        "Audit events are written whatever the level of their logger, and carry",
        "`audit.record.id` where a row of an audit trail says the same.\n",
        _events(registry),
        "\n## Metrics\n",
        _metrics(registry),
    ]
    return "\n".join(parts)


def _attributes(registry: Registry) -> str:
    rows = (
        (
            f"`{name}`",
            attribute.type + (f", {attribute.unit}" if attribute.unit else ""),
            attribute.meaning,
            f"`{_example(attribute)}`",
            attribute.sensitivity,
            _required(attribute),
            ", ".join(attribute.signals) or "calls",
            _origin(name, attribute),
        )
        for name, attribute in registry.attributes.items()
    )
    return _table(
        ("Name", "Type", "Meaning", "Example", "Sensitivity", "Required", "On", "Origin"), rows
    )


def _events(registry: Registry) -> str:
    rows = (
        (
            f"`{name}`",
            event.meaning,
            "yes" if event.audit else "",
            _names(event.required),
            _names(event.optional),
        )
        for name, event in registry.events.items()
    )
    return _table(("Name", "Meaning", "Audit", "Always has", "May have"), rows)


def _metrics(registry: Registry) -> str:
    rows = (
        (f"`{name}`", metric.instrument, metric.unit, metric.meaning, _names(metric.attributes))
        for name, metric in registry.metrics.items()
    )
    return _table(("Name", "Instrument", "Unit", "Meaning", "Attributes"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _example(attribute: Attribute) -> str:
    if isinstance(attribute.example, bool):
        return str(attribute.example).lower()
    if isinstance(attribute.example, list):
        return f"[{', '.join(map(str, attribute.example))}]"
    return str(attribute.example)


def _required(attribute: Attribute) -> str:
    if attribute.requirement == "conditional":
        return f"when {attribute.when}"
    return "always" if attribute.requirement == "required" else attribute.requirement


def _origin(name: str, attribute: Attribute) -> str:
    if attribute.origin == "own":
        return "own"
    namespace = name.split(".", maxsplit=1)[0].replace("_", "-")
    return f"[{attribute.origin}]({CONVENTIONS}{namespace}/)"
