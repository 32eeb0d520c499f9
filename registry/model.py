"""The registry as it is read from `docs/attributes.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

SOURCE = Path(__file__).parents[1] / "docs" / "attributes.yaml"

Type = Literal["string", "int", "double", "boolean", "string[]", "map", "any"]
Origin = Literal["stable", "development", "own"]
Signal = Literal["log", "span", "metric", "resource", "baggage"]


class RegistryError(ValueError):
    """The registry contradicts itself; the message names the entry."""


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An attribute; the head of the file says what each field means."""

    type: Type
    origin: Origin
    meaning: str
    example: Any
    signals: list[Signal]
    requirement: Literal["required", "conditional", "recommended", "opt-in"]
    unit: str | None = None
    when: str | None = None
    sensitivity: Literal["none", "personal", "captured"] = "none"
    safe: bool = False


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event, with its attributes beyond those of every record."""

    meaning: str
    required: list[str]
    optional: list[str]
    audit: bool = False


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A metric and the attributes of its points."""

    instrument: Literal["counter", "updowncounter", "gauge", "histogram"]
    unit: str
    meaning: str
    attributes: list[str]
    origin: Origin = "own"


class Allowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a scope of others may write beyond the semantic conventions."""

    attributes: list[str] = []
    metrics: list[str] = []


class Scopes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose telemetry is whose, by prefix of the scope's name.

    Attributes:
        ours: Scopes held to the registry.
        others: Scopes held to the conventions and what is allowed here.
        resource: Resource attributes allowed beyond the conventions.
    """

    ours: list[str]
    others: dict[str, Allowed]
    resource: list[str]


class Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole registry."""

    attributes: dict[str, Attribute]
    events: dict[str, Event]
    metrics: dict[str, Metric]
    scopes: Scopes


def load(path: Path = SOURCE) -> Registry:
    """Read the registry.

    Raises:
        RegistryError: An entry is malformed, or names an attribute that there is not.
    """
    try:
        registry = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Registry)
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        raise RegistryError(f"{path}: {error}") from error
    used = [
        *((name, each) for name, event in registry.events.items() for each in event.required),
        *((name, each) for name, event in registry.events.items() for each in event.optional),
        *((name, each) for name, metric in registry.metrics.items() for each in metric.attributes),
    ]
    for owner, attribute in used:
        if attribute not in registry.attributes:
            raise RegistryError(f"{path}: {owner} has {attribute}, which is no attribute")
    for name, attribute_ in registry.attributes.items():
        if (attribute_.requirement == "conditional") != (attribute_.when is not None):
            raise RegistryError(f"{path}: {name}: `when` belongs to `conditional`, and only there")
    return registry
