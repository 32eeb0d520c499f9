"""What is examined, and what is known of it so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from otel_logging.backends import Backend, LogRecord, Transaction, open_backend
from otel_logging.backends.opening import LOKI_TEMPO
from otel_logging.doctor.collector_page import METRICS_URL, policy_version
from otel_logging.doctor.environment import Intake
from otel_logging.doctor.launch import Launched
from otel_logging.doctor.links import DATASOURCES, GrafanaLinks, Links, StoreLinks
from otel_logging.doctor.sources import Metrics, PrometheusMetrics, StoreMetrics
from otel_logging.doctor.told import without_secret
from otel_logging.doctor.waiting import T, until
from otel_logging.redaction import Policy

V = TypeVar("V")


@dataclass(frozen=True)
class Pipeline:
    """What is examined.

    Attributes:
        environ: The environment of the services.
        backend: Where logs and traces end: a store's URL, or loki+tempo:URL,URL.
        collector: The Collector's own page of metrics; None where there is no Collector.
        prometheus: Where metrics end, beside Loki and Tempo.
        datasources: What Grafana provisions, beside Loki and Tempo.
        timeout: Seconds for what was sent to arrive.
        max_skew: Seconds by which clocks may differ.
    """

    environ: Mapping[str, str]
    backend: str
    collector: str | None = METRICS_URL
    prometheus: str = "http://127.0.0.1:9090"
    datasources: Path = DATASOURCES
    timeout: float = 60.0
    max_skew: float = 5.0

    @property
    def of_grafana(self) -> bool:
        """Whether logs and traces end in Loki and Tempo."""
        return self.backend.startswith(LOKI_TEMPO)

    @property
    def backend_urls(self) -> list[str]:
        """The URLs of all that answers."""
        return self.backend.removeprefix(LOKI_TEMPO).split(",")

    @property
    def shown_backend(self) -> str:
        """The same to be told, without a token or password that they may hold."""
        return ", ".join(without_secret(url) for url in self.backend_urls)


@dataclass
class Case:
    """A pipeline, and what steps have found of it: later ones build on that.

    Attributes:
        began_ns: When the examination began.
        policy: The rules that processes should run.
        launched: The canary that was redacted in its process.
        bare: The canary that was not.
        records: What arrived of the canary's records.
        transaction: What arrived of its trace.
    """

    pipeline: Pipeline
    began_ns: int
    policy: Policy | None = None
    launched: Launched | None = None
    bare: Launched | None = None
    records: list[LogRecord] = field(default_factory=list)
    transaction: Transaction | None = None

    @cached_property
    def intake(self) -> Intake:
        """Where processes send to."""
        return Intake.of(self.pipeline.environ)

    @cached_property
    def backend(self) -> Backend:
        """Where logs and traces end."""
        return open_backend(self.pipeline.backend)

    @cached_property
    def links(self) -> Links:
        """The jumps between lines and traces."""
        if self.pipeline.of_grafana:
            return GrafanaLinks(self.pipeline.backend, self.pipeline.datasources)
        return StoreLinks(self.backend)

    @cached_property
    def metrics(self) -> Metrics:
        """Where metrics end."""
        if isinstance(self.links, GrafanaLinks):
            return PrometheusMetrics(self.pipeline.prometheus, self.links.exemplar_label)
        return StoreMetrics(self.backend, self.began_ns)

    def collector_version(self) -> str | None:
        """The version of the rules that the Collector shows; None when it does not answer."""
        return policy_version(self.pipeline.collector) if self.pipeline.collector else None

    def wait(self, launched: Launched, ask: Callable[[], T]) -> T:
        """Ask until there is an answer, or the time is over that a canary has to arrive."""
        return until(ask, launched.at + self.pipeline.timeout)


def known(value: V | None) -> V:
    """Return what an earlier step has found; a step that needs it does not run without."""
    assert value is not None
    return value
