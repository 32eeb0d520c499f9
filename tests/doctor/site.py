"""A store and a Collector that are whole, and the ways in which sabotages differ from them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otel_logging.doctor.case import Pipeline
from stack import configuration
from stack.collector import Collector
from stack.ports import HOST
from stack.store import Store

PATIENCE = 30.0
"""Seconds for something to arrive that takes milliseconds on a quiet machine."""


@dataclass
class Site:
    """What runs.

    Attributes:
        store: where everything ends.
        collector: a whole one.
        folder: for what a sabotage writes.
    """

    store: Store
    collector: Collector
    folder: Path

    def environ(self, endpoint: str | None = None, **more: str) -> dict[str, str]:
        """The environment of a service that sends to an endpoint, by default the Collector's."""
        ours = dict.fromkeys(("OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR"), "otel_logging")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OTEL_", "OTLOG_"))
        }
        return {
            **kept,
            **ours,
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint or self.collector.http,
            **more,
        }

    def pipeline(self, environ: Mapping[str, str] | None = None, **more: Any) -> Pipeline:
        """What the doctor is told."""
        told = {"collector": page(self.collector), "timeout": PATIENCE, **more}
        return Pipeline(environ or self.environ(), told.pop("backend", self.store.http), **told)

    @contextlib.contextmanager
    def sabotaged(self, change: Change) -> Iterator[Pipeline]:
        """Run a Collector that differs, beside the whole one."""
        folder = self.folder / change.name
        collector = Collector(folder, change.overlays, self._variables(change))
        if change.redaction is not None:
            collector.files[1] = _written(folder / "redaction.yaml", change.redaction)
        if change.overlay:
            collector.files.append(_written(folder / "last.yaml", change.overlay))
        with collector:
            environ = self.environ(collector.http, **change.process)
            yield self.pipeline(environ, collector=page(collector))

    def _variables(self, change: Change) -> dict[str, str]:
        return {"OTLOG_STORE_ENDPOINT": self.store.http, **FAST, **change.variables}


FAST = {"OTLOG_COLLECTOR_SPAN_METRICS_INTERVAL": "1s"}


@dataclass(frozen=True)
class Change:
    """How a Collector differs.

    Attributes:
        redaction: in the place of redaction.yaml, as text or as a mapping.
        overlay: merged last.
        process: variables of the process that sends to it.
    """

    name: str
    overlay: Mapping[str, Any] = field(default_factory=dict)
    redaction: Mapping[str, Any] | str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    process: Mapping[str, str] = field(default_factory=dict)
    overlays: tuple[str, ...] = ("store",)


def page(collector: Collector) -> str:
    """A Collector's page of its own metrics."""
    return f"http://{HOST}:{collector.self_metrics_port}/metrics"


def _written(file: Path, content: Mapping[str, Any] | str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        file.write_text(content)
    else:
        configuration.write(file, content)
    return file
