"""What does telemetry cost three services, in requests a second and in latency?

The services run without telemetry, with OpenTelemetry's own auto-instrumentation as its
documentation has it, and with ours at INFO and at DEBUG, in turns, on the same machine as the
Collector that takes what they send. wrk asks the gateway for the caller's account (gateway,
auth-service, database) and event-service to publish events (event-service, RabbitMQ, its worker).

Ratios are medians over the rounds, each of a round's own numbers, so that a machine that is
slower for a while is so for all. CPU time is that of the three services, for each request.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from bench.load.wrk import Answered, Load
from bench.measure import save, table
from stack.collector import Collector
from stack.native import NativeStack
from stack.rabbitmq import RabbitMQ
from stack.service import Service
from stack.usage import of_process

PATHS = ("gateway→auth", "event publication")
GOALS = {"rps_vs_off": 0.7, "rps_vs_stock": 1.3, "p99_vs_stock": 0.8}
CONNECTIONS = 8

_STOCK = {
    "OTEL_PYTHON_DISTRO": "distro",
    "OTEL_PYTHON_CONFIGURATOR": "configurator",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "otlp",
    "OTEL_LOGS_EXPORTER": "otlp",
    # Sets the root logger to INFO, too: without it nothing below WARNING would be exported.
    "OTEL_PYTHON_LOG_CORRELATION": "true",
}


@dataclass(frozen=True)
class Variant:
    """How the services are started.

    Attributes:
        name: For people.
        launched: Whether `opentelemetry-instrument` starts them.
        ours: Whether otel-logging's entry points are there.
        variables: What the environment has besides.
    """

    name: str
    launched: bool
    ours: bool
    variables: Mapping[str, str]


VARIANTS = (
    Variant("off", launched=False, ours=False, variables={}),
    Variant("stock", launched=True, ours=False, variables=_STOCK),
    Variant("INFO", launched=True, ours=True, variables={"OTLOG_LOG_LEVEL": "INFO"}),
    Variant("DEBUG", launched=True, ours=True, variables={"OTLOG_LOG_LEVEL": "DEBUG"}),
)


class VariantService(Service):
    """A service, started as its variant says."""

    variant = VARIANTS[0]

    def command(self) -> Sequence[str]:
        """Start uvicorn with or without the launcher."""
        launcher, *uvicorn = super().command()
        return (launcher, *uvicorn) if self.variant.launched else uvicorn

    def environ(self) -> Mapping[str, str]:
        """Hide otel-logging's entry points where they are not wanted."""
        environ = {**super().environ(), **self.variant.variables}
        if self.variant.ours:
            return environ
        hidden = self.folder / "hidden" / "otel_logging-0.dist-info"
        hidden.mkdir(parents=True, exist_ok=True)
        # Of two distributions of one name Python takes the first, and this one has none.
        (hidden / "METADATA").write_text("Metadata-Version: 2.1\nName: otel-logging\nVersion: 0\n")
        return {**environ, "PYTHONPATH": str(hidden.parent)}

    def cpu_seconds(self) -> float:
        """CPU time so far, as the kernel counts it."""
        return of_process(self.pid).cpu_seconds


class VariantStack(NativeStack):
    """The services of one variant, on a broker and a Collector that run already."""

    def __init__(
        self, folder: Path, variant: Variant, broker: RabbitMQ, collector: Collector
    ) -> None:
        self._variant = variant
        super().__init__(folder, with_collector=False)
        self.rabbitmq = broker
        for service in self.services:
            service.variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.http
        self._wire_services()
        # Captured bodies are no part of the question: stock instrumentation has none.
        self.gateway.variables["OTLOG_CAPTURE"] = "off"

    @property
    def parts(self) -> list[Service]:  # type: ignore[override]
        """The services alone."""
        return self.services

    def _service(self, name: str, port: int | None) -> Service:
        made = super()._service(name, port)
        service = VariantService(name, made.folder, made.variables, made.port)
        service.variant = self._variant
        return service


@dataclass(frozen=True)
class Sample:
    """A path under load.

    Attributes:
        answered: What wrk measured.
        cpu_ms: CPU time of the services for each request, in ms.
    """

    answered: Answered
    cpu_ms: float


Round = dict[str, dict[str, Sample]]
"""Variant → path → sample."""


def main(arguments: Sequence[str]) -> None:
    """Measure, print a table, save all; exit with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="bench services")
    parser.add_argument("--rounds", type=int, default=5, help="of all variants (default: 5)")
    parser.add_argument("--seconds", type=int, default=6, help="for each path (default: 6)")
    options = parser.parse_args(arguments)
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _backend(Path(folder)) as backend:
        for number in range(options.rounds):
            rounds.append(_round(Path(folder) / str(number), backend, number, options.seconds))
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    print(_table(rounds))
    print(_spread(rounds))
    found = verdict(rounds)
    data = {v: {p: [asdict(r[v][p]) for r in rounds] for p in PATHS} for v in rounds[0]}
    path = save("services", ("opentelemetry-sdk", "fastapi", "uvicorn"), {**found, "samples": data})
    print(f"all as data: {path}")
    print(" ".join(f"{name}={value:.2f}" for name, value in found.items()))
    missed = [name for name, goal in GOALS.items() if _worse(name, found[name], goal)]
    sys.exit(1 if missed else 0)


@contextmanager
def _backend(folder: Path) -> Iterator[tuple[RabbitMQ, Collector]]:
    variables = {"OTLOG_COLLECTOR_DEBUG": "basic"}
    with (
        RabbitMQ(folder / "rabbitmq") as broker,
        Collector(folder / "collector", ("debug",), variables) as collector,
    ):
        yield broker, collector


def _round(folder: Path, backend: tuple[RabbitMQ, Collector], number: int, seconds: int) -> Round:
    first = number % len(VARIANTS)
    found: Round = {}
    for variant in (*VARIANTS[first:], *VARIANTS[:first]):
        stack = VariantStack(folder / variant.name, variant, *backend)
        with stack.running():
            found[variant.name] = _measure(stack, seconds)
    return found


def _measure(stack: VariantStack, seconds: int) -> dict[str, Sample]:
    token = log_in(stack.gateway.http)
    me = Load("me", CONNECTIONS, {"ACCESS_TOKEN": token}), f"{stack.gateway.http}/auth/me"
    events = Load("events", CONNECTIONS, {}), f"{stack.event_service.http}/events"
    found = {}
    for path, (load, url) in zip(PATHS, (me, events), strict=True):
        for each in (2, seconds):
            before = _cpu(stack)
            answered = load.put_on(url, each)
            found[path] = Sample(answered, (_cpu(stack) - before) * 1e3 / answered.requests)
    return found


def _cpu(stack: VariantStack) -> float:
    return sum(each.cpu_seconds() for each in stack.services if isinstance(each, VariantService))


def log_in(gateway: str) -> str:
    """The access token of a new user."""
    account = {"username": "bench", "email": "bench@example.com", "password": "of the bench"}
    with httpx.Client(base_url=gateway, timeout=60) as client:
        client.post("/auth/register", json=account).raise_for_status()
        token: str = client.post("/auth/login", json=account).json()["access_token"]
    return token


def verdict(rounds: Sequence[Round]) -> dict[str, float]:
    """The ratios of the worse of the two paths, at INFO."""
    return {
        "rps_vs_off": min(_ratio(rounds, path, "off", "rps") for path in PATHS),
        "rps_vs_stock": min(_ratio(rounds, path, "stock", "rps") for path in PATHS),
        "p99_vs_stock": max(_ratio(rounds, path, "stock", "p99_ms") for path in PATHS),
    }


def _ratio(rounds: Sequence[Round], path: str, other: str, what: str) -> float:
    return float(statistics.median(_ratios(rounds, path, other, what)))


def _ratios(rounds: Sequence[Round], path: str, other: str, what: str) -> list[float]:
    return [
        asdict(each["INFO"][path].answered)[what] / asdict(each[other][path].answered)[what]
        for each in rounds
    ]


def _spread(rounds: Sequence[Round]) -> str:
    """The least, the middle and the greatest ratio of the rounds, by path."""
    rows = []
    for path in PATHS:
        for other, what in (("off", "rps"), ("stock", "rps"), ("stock", "p99_ms")):
            ratios = sorted(_ratios(rounds, path, other, what))
            numbers = (ratios[0], statistics.median(ratios), ratios[-1])
            rows.append((f"{path}, {what} to {other}", *(f"{one:.2f}" for one in numbers)))
    return table(("INFO", "least", "median", "most"), rows)


def _worse(name: str, value: float, goal: float) -> bool:
    return value > goal if name.startswith("p99") else value < goal


def _table(rounds: Sequence[Round]) -> str:
    rows = []
    for path in PATHS:
        for variant in VARIANTS:
            samples = [each[variant.name][path] for each in rounds]
            numbers = (
                statistics.median(one.answered.rps for one in samples),
                statistics.median(one.answered.p50_ms for one in samples),
                statistics.median(one.answered.p99_ms for one in samples),
                statistics.median(one.cpu_ms for one in samples),
            )
            rows.append((f"{path}, {variant.name}", *(f"{number:.1f}" for number in numbers)))
    return table(("", "requests/s", "p50 ms", "p99 ms", "CPU ms a request"), rows)


if __name__ == "__main__":
    main(sys.argv[1:])
