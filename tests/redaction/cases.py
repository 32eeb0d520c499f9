"""The corpus: cases from `corpus/`, each put on every surface where it can stand."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.redaction.surfaces import MAP_SURFACES, TEXT_SURFACES, Surface

CORPUS = Path(__file__).parent / "corpus"

UNREACHABLE = frozenset(
    {
        "span links",
        "byte values",
        "secrets used as attribute keys",
        "exemplars",
        "decoding of wrapped values",
    }
)
"""What the Collector lets through, by reason: this list and no more."""


@dataclass(frozen=True)
class Case:
    """A value with secrets in it, on one surface.

    Attributes:
        name: Unique name.
        surface: Where it stands.
        value: The value.
        secrets: What must not be left of it.
        kept: What must be left of it, byte for byte, by the engine.
        unreachable: Why the Collector cannot find the secret, if it cannot.
    """

    name: str
    surface: Surface
    value: Any
    secrets: tuple[str, ...]
    kept: tuple[str, ...] = ()
    unreachable: str | None = field(default=None)

    def item(self) -> dict[str, Any]:
        """The case as an OTLP/JSON item."""
        return self.surface.build(self.label, self.value)

    @property
    def label(self) -> str:
        """A name that no rule can take for a secret, by which the item is found again."""
        return "".join(
            chr(ord("a") + int(digit, 16)) for digit in f"{zlib.crc32(self.name.encode()):x}"
        )


def load() -> list[Case]:
    """The whole corpus."""
    return [*_cases("texts.yaml", TEXT_SURFACES), *_cases("maps.yaml", MAP_SURFACES)]


def _cases(file: str, surfaces: tuple[Surface, ...]) -> Iterator[Case]:
    for row in yaml.safe_load((CORPUS / file).read_text("utf-8")):
        for surface in surfaces:
            if surface.only_text and not isinstance(row["value"], str):
                continue
            yield Case(
                name=f"{row['name']} in {surface.name}",
                surface=surface,
                value=row["value"],
                secrets=tuple(map(str, row["secrets"])),
                kept=tuple(row.get("kept", ())),
                unreachable=surface.unreachable or row.get("unreachable"),
            )


def remains(value: Any, secrets: tuple[str, ...]) -> list[str]:
    """The secrets that are still in a value, wherever it is."""
    text = flat(value)
    return [secret for secret in secrets if secret in text]


def flat(value: Any) -> str:
    """Every key and leaf of a value as text."""
    if isinstance(value, dict):
        return "\n".join(f"{flat(key)}\n{flat(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "\n".join(map(flat, value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
