"""The services of a case, each program on the core that it is meant for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.performance.design import Case
from bench.services import VariantService, VariantStack
from stack.collector import UNREDACTED, Collector
from stack.part import Part
from stack.ports import HOST
from stack.rabbitmq import RabbitMQ

_APP = "bench.performance.app:create_app"
_COUNTER = re.compile(
    r"^otelcol_receiver_accepted_(log_records|spans)\w*(?:\{[^}]*\})? (\S+)$", re.MULTILINE
)


@dataclass(frozen=True)
class Cores:
    """Which cores the services have, and which all else: load, Collector and broker."""

    services: frozenset[int]
    others: frozenset[int]

    @classmethod
    def here(cls) -> Cores:
        """One core for the services and the rest for all else; with one core, both have it."""
        cores = sorted(os.sched_getaffinity(0))
        return cls(frozenset(cores[:1]), frozenset(cores[1:] or cores))


class PinnedService(VariantService):
    """A service that has one core."""

    cores = Cores.here()

    def command(self) -> Sequence[str]:
        """The gateway is the bench's, which is the gateway with more to say."""
        service = "services.gateway.app:create_app"
        words = [_APP if word == service else word for word in super().command()]
        return ("taskset", "--cpu-list", ",".join(map(str, self.cores.services)), *words)


class CaseStack(VariantStack):
    """The services of one case, on a broker and a Collector that run already."""

    def __init__(self, folder: Path, case: Case, broker: RabbitMQ, collector: Collector) -> None:
        self.case = case
        super().__init__(folder, case.variant, broker, collector)
        # A machine that others use, too, makes services slow; that is not what is asked here.
        self.gateway.variables["GATEWAY_REQUEST_TIMEOUT"] = "30"

    def _service(self, name: str, port: int | None) -> PinnedService:
        made = super()._service(name, port)
        service = PinnedService(name, made.folder, made.variables, made.port)
        service.variant = self.case.variant
        return service


@dataclass(frozen=True)
class Backends:
    """What runs all the time: a broker, and a Collector that lets pass and one that redacts."""

    broker: RabbitMQ
    passing: Collector
    shipped: Collector

    def collector(self, case: Case) -> Collector:
        """The Collector of a case."""
        return self.shipped if case.shipped else self.passing


@contextmanager
def backends(folder: Path) -> Iterator[Backends]:
    """Run them; this process and all that it starts, but for the services, share their cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, PinnedService.cores.others)
    quiet = {"OTLOG_COLLECTOR_DEBUG": "basic"}
    passing = Collector(folder / "passing", ("debug",), quiet)
    passing.files[1] = UNREDACTED
    shipped = Collector(folder / "shipped", ("debug",), quiet)
    try:
        with ExitStack() as exits:
            broker = exits.enter_context(RabbitMQ(folder / "rabbitmq"))
            yield Backends(broker, exits.enter_context(passing), exits.enter_context(shipped))
    finally:
        os.sched_setaffinity(0, before)


def accepted(collector: Collector) -> dict[str, float]:
    """How many records and spans a Collector has taken so far, by its own count."""
    told = httpx.get(f"http://{HOST}:{collector.self_metrics_port}/metrics").text
    found = {"log_records": 0.0, "spans": 0.0}
    for signal, value in _COUNTER.findall(told):
        found[signal] += float(value)
    return found


def named(stack: CaseStack, running: Backends) -> dict[str, Part]:
    """The programs of a case by name."""
    parts = {service.name: service for service in stack.services}
    return {**parts, "RabbitMQ": running.broker, "Collector": running.collector(stack.case)}
