"""The files that follow from the registry."""

from __future__ import annotations

from pathlib import Path

from registry import constants, document, schema
from registry.model import SOURCE, Registry

ROOT = SOURCE.parents[1]


def files(registry: Registry) -> dict[Path, str]:
    """Return each generated file with the text that it must have."""
    return {
        ROOT / "otel_logging" / "semconv.py": constants.module(registry),
        ROOT / "otel_logging" / "record.schema.json": schema.text(registry),
        ROOT / "docs" / "attributes.md": document.document(registry),
    }


def stale(registry: Registry) -> list[Path]:
    """Return the files that are missing or say something else."""
    return [
        path
        for path, text in files(registry).items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]
