"""The pipelines of a merged Collector configuration as a graph, and what invariant 1 says of it.

The Collector merges `--config` files so: maps deeply, everything else replaced.
A connector joins the pipeline that exports to it with every pipeline that
receives from it, where it can turn the one's signal into the other's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import yaml

SIGNALS = ("logs", "traces", "metrics")
_SAME_SIGNAL = {"forward", "routing", "failover", "roundrobin"}
_TO_METRICS = {"count", "sum", "spanmetrics", "servicegraph", "signaltometrics"}

Configuration = Mapping[str, Any]


@dataclass(frozen=True)
class Pipeline:
    """One entry of `service.pipelines`."""

    name: str
    receivers: tuple[str, ...]
    processors: tuple[str, ...]
    exporters: tuple[str, ...]

    @property
    def signal(self) -> str:
        """The signal that it carries: the part of its name before the slash."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class Way:
    """One way of a record: from a receiver through pipelines to an exporter."""

    receiver: str
    pipelines: tuple[Pipeline, ...]
    exporter: str

    def __str__(self) -> str:
        names = (pipeline.name for pipeline in self.pipelines)
        return " -> ".join((self.receiver, *names, self.exporter))


def merge(base: Any, over: Any) -> Any:
    """What the Collector makes of two configurations, the second named later."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        merged = {
            key: merge(value, over[key]) if key in over else value for key, value in base.items()
        }
        return merged | {key: value for key, value in over.items() if key not in base}
    return over


def load(files: Sequence[Path]) -> Configuration:
    """Read and merge configuration files in the order given."""
    documents = (yaml.safe_load(path.read_text()) or {} for path in files)
    merged: Configuration = reduce(merge, documents, {})
    return merged


def pipelines(configuration: Configuration) -> list[Pipeline]:
    """All pipelines, in the order of the file."""
    return [
        Pipeline(
            name,
            *(tuple(body.get(part) or ()) for part in ("receivers", "processors", "exporters")),
        )
        for name, body in configuration["service"]["pipelines"].items()
    ]


def paths(configuration: Configuration) -> Iterator[Way]:
    """Every path from a true receiver to a true exporter."""
    every = pipelines(configuration)
    connectors = configuration.get("connectors") or {}
    for pipeline in every:
        for receiver in pipeline.receivers:
            if receiver not in connectors:
                yield from _walk(receiver, (pipeline,), every, connectors)


def _walk(
    receiver: str,
    way: tuple[Pipeline, ...],
    every: Sequence[Pipeline],
    connectors: Mapping[str, Any],
) -> Iterator[Way]:
    for exporter in way[-1].exporters:
        if exporter not in connectors:
            yield Way(receiver, way, exporter)
            continue
        for following in every:
            if (
                exporter in following.receivers
                and _joins(exporter, way[-1], following)
                and following not in way
            ):
                yield from _walk(receiver, (*way, following), every, connectors)


def _joins(connector: str, before: Pipeline, after: Pipeline) -> bool:
    kind = connector.partition("/")[0]
    if kind in _SAME_SIGNAL:
        return before.signal == after.signal
    if kind in _TO_METRICS:
        return after.signal == "metrics"
    return True


def violations(trusted: Configuration, configuration: Configuration) -> list[str]:
    """What breaks invariant 1 in a configuration, compared with base and redaction alone."""
    return [
        *_unredacted(configuration),
        *_changed(trusted, configuration),
        *_unserved(configuration),
    ]


def _unredacted(configuration: Configuration) -> Iterator[str]:
    for path in paths(configuration):
        crossed = {pipeline.name for pipeline in path.pipelines}
        for signal in dict.fromkeys(pipeline.signal for pipeline in path.pipelines):
            if f"{signal}/in" not in crossed:
                yield f"{path}: does not cross {signal}/in"


def _changed(trusted: Configuration, configuration: Configuration) -> Iterator[str]:
    for signal in SIGNALS:
        name = f"{signal}/in"
        before = trusted["service"]["pipelines"][name]
        if configuration["service"]["pipelines"].get(name) != before:
            yield f"{name}: changed by an overlay"
        for processor in before["processors"]:
            if configuration["processors"].get(processor) != trusted["processors"].get(processor):
                yield f"{processor}: a processor of {name} changed by an overlay"


def _unserved(configuration: Configuration) -> Iterator[str]:
    served = {path.pipelines[-1].signal for path in paths(configuration)}
    received = {path.pipelines[0].signal for path in paths(configuration)}
    yield from (f"{signal}: no exporter" for signal in sorted({*SIGNALS, *received} - served))
    started = set(configuration["service"].get("extensions") or ())
    for name in sorted(set(configuration.get("extensions") or {}) - started):
        yield f"{name}: an extension that service.extensions does not start"
