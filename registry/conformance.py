"""Whether what was stored keeps to the registry and the semantic conventions.

Records, spans and points are those of the store's HTTP interface. Each check returns what is
wrong, in words; an empty list is good.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import jsonschema
import opentelemetry.semconv._incubating.attributes
import opentelemetry.semconv._incubating.metrics
import opentelemetry.semconv.attributes
import opentelemetry.semconv.metrics

from registry.model import Allowed, Attribute, Metric, Registry, Signal
from registry.schema import TYPES, schema

Stored = Mapping[str, Any]

OPEN = {"map", "any"}
POINTS = {
    "counter": ("sum", True),
    "updowncounter": ("sum", False),
    "gauge": ("gauge", None),
    "histogram": ("histogram", None),
}
REQUEST = ("http.request.method", "http.route", "client.address")
MESSAGE = ("messaging.destination.name", "messaging.message.id")


class Conformance:
    """Checks against one registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._schema = jsonschema.Draft202012Validator(schema(registry))

    def record(self, record: Stored) -> list[str]:
        """Return what is wrong with a log record."""
        form = {name: value for name, value in record.items() if name != "uid"}
        problems = [
            f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
            for error in self._schema.iter_errors(form)
        ]
        problems += self._attributes("log", record["scope"], record["attributes"])
        problems += self._resource(record["resource"])
        problems += self._event(record)
        problems += _context(record)
        return [f"record of {record['service']}, {record['scope']}: {one}" for one in problems]

    def span(self, span: Stored) -> list[str]:
        """Return what is wrong with a span, its events and its links."""
        problems = self._attributes("span", span["scope"], span["attributes"])
        for part in (*span["events"], *span["links"]):
            problems += self._attributes("span", span["scope"], part["attributes"])
        problems += self._resource(span["resource"])
        return [f"span {span['name']} of {span['scope']}: {one}" for one in problems]

    def point(self, point: Stored) -> list[str]:
        """Return what is wrong with a point of a metric."""
        try:
            allowed = self._allowed(point["scope"])
        except KeyError:
            return [f"metric {point['name']}: the scope {point['scope']} is in neither list"]
        if allowed is None:
            problems = self._own_point(point)
        else:
            names = {*allowed.metrics, *metric_names(), *self._registry.metrics}
            problems = [] if point["name"] in names else ["is no metric of the conventions"]
            problems += self._attributes("metric", point["scope"], point["attributes"])
        problems += self._resource(point["resource"])
        return [f"metric {point['name']} of {point['scope']}: {one}" for one in problems]

    def _own_point(self, point: Stored) -> list[str]:
        metric: Metric | None = self._registry.metrics.get(point["name"])
        if metric is None:
            return ["is not in the registry"]
        problems = [
            f"{name} is no attribute of it"
            for name in point["attributes"]
            if name not in metric.attributes
        ]
        kind, monotonic = POINTS[metric.instrument]
        if (point["type"], point["unit"]) != (kind, metric.unit):
            problems.append(f"is a {point['type']} in {point['unit']}")
        if monotonic is not None and point["monotonic"] is not monotonic:
            problems.append(f"is monotonic: {point['monotonic']}")
        return problems

    def _attributes(self, signal: Signal, scope: str, attributes: Stored) -> list[str]:
        try:
            allowed = self._allowed(scope)
        except KeyError:
            return ["the scope is in neither list"]
        problems = []
        for name, value in attributes.items():
            found = self._find(name)
            if found is not None and (allowed is not None or signal in found.signals):
                problems += _type_problems(name, value, found)
            elif allowed is None:
                problems.append(f"{name} is not in the registry for a {signal}")
            elif name not in attribute_names() and name not in allowed.attributes:
                problems.append(f"{name} is neither a convention nor allowed")
        return problems

    def _find(self, name: str) -> Attribute | None:
        """Return the attribute of a name, or of the structure that the name is a part of.

        The Collector flattens structured attributes on their way to the store.
        """
        found = self._registry.attributes.get(name)
        parent = name
        while found is None and "." in parent:
            parent, _, part = parent.rpartition(".")
            above = self._registry.attributes.get(parent)
            if above is not None and (
                above.type in OPEN or (above.type == "string[]" and part.isdigit())
            ):
                return _PART
        return found

    def _allowed(self, scope: str) -> Allowed | None:
        """Return what a scope may write; None for one of ours.

        Raises:
            KeyError: The scope is in neither list.
        """
        for prefix in _prefixes(scope):
            if prefix in self._registry.scopes.ours:
                return None
            if prefix in self._registry.scopes.others:
                return self._registry.scopes.others[prefix]
        raise KeyError(scope)

    def _resource(self, resource: Stored) -> list[str]:
        known = {*attribute_names(), *self._registry.scopes.resource}
        return [f"resource has {name}, which is unknown" for name in resource if name not in known]

    def _event(self, record: Stored) -> list[str]:
        name = record["event_name"]
        if name is None:
            return []
        event = self._registry.events.get(name)
        if event is None:
            return [f"the event {name} is not in the registry"]
        there = {*record["attributes"]}
        return [
            f"the event {name} lacks {each}"
            for each in event.required
            if not any(one == each or one.startswith(f"{each}.") for one in there)
        ]


_PART = Attribute("any", "own", "", None, ["log", "span", "metric"], "recommended")


def _type_problems(name: str, value: Any, attribute: Attribute) -> list[str]:
    validator = jsonschema.Draft202012Validator(TYPES[attribute.type])
    return [] if validator.is_valid(value) else [f"{name} is no {attribute.type}: {value!r}"]


def serving(record: Stored) -> tuple[str, ...]:
    """Return what a record must have that was written while a request or message was served."""
    return REQUEST if "http.request.method" in record["attributes"] else MESSAGE


def _context(record: Stored) -> list[str]:
    """Return what a record lacks that shows signs of being written while serving."""
    attributes = record["attributes"]
    if not attributes.keys() & {*REQUEST, *MESSAGE}:
        return []
    if record["trace_id"] is None:
        return ["it was written while serving, and has no trace ID"]
    return [
        f"it was written while serving, and has no {name}"
        for name in serving(record)
        if name not in attributes
    ]


def _prefixes(scope: str) -> Iterator[str]:
    parts = scope.split(".")
    return (".".join(parts[:length]) for length in range(len(parts), 0, -1))


@cache
def attribute_names() -> frozenset[str]:
    """Return the attributes of the pinned semantic conventions, stable or not."""
    return _texts(opentelemetry.semconv.attributes) | _texts(
        opentelemetry.semconv._incubating.attributes  # noqa: SLF001 - the package has no other way
    )


@cache
def metric_names() -> frozenset[str]:
    """Return the metrics of the pinned semantic conventions, stable or not."""
    return _texts(opentelemetry.semconv.metrics) | _texts(
        opentelemetry.semconv._incubating.metrics  # noqa: SLF001 - the package has no other way
    )


def _texts(package: ModuleType) -> frozenset[str]:
    modules = (
        importlib.import_module(f"{package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(package.__path__)
    )
    return frozenset(
        value
        for module in modules
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    )
