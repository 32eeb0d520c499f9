"""The whole stack without containers: broker, store, Collector, three services."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from stack.collector import Collector, find_binary
from stack.lens import Lens
from stack.part import Part
from stack.rabbitmq import RabbitMQ
from stack.service import Service
from stack.store import Store

SERVICES = ("auth-service", "event-service", "gateway")


@dataclass(frozen=True)
class Ports:
    """The TCP port of each part; None takes a free one."""

    gateway: int | None = None
    auth_service: int | None = None
    event_service: int | None = None
    rabbitmq: int | None = None
    store: int | None = None
    collector: int | None = None
    lens: int | None = None

    @classmethod
    def names(cls) -> list[str]:
        """The parts whose port can be chosen."""
        return [one.name for one in fields(cls)]


@dataclass
class NativeStack:
    """The parts, wired to each other.

    Attributes:
        folder: all that the parts write goes below it.
        ports: where they listen.
        variables: environment variables for the services, over the defaults.
        collector_files: the Collector's configuration, when not the default
            (base, redaction, and the overlay that feeds the store).
        with_collector: whether a Collector stands between services and store.
        lens: looks at the store; no part of the flow, so whoever wants to look starts it.
    """

    folder: Path
    ports: Ports = field(default_factory=Ports)
    variables: Mapping[str, str] = field(default_factory=dict)
    collector_files: list[Path] | None = None
    with_collector: bool = True

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.rabbitmq = RabbitMQ(self.folder / "rabbitmq", self.ports.rabbitmq)
        self.store = Store(self.folder / "store", self.ports.store)
        self.lens = Lens(self.folder / "lens", self.store.http, self.ports.lens)
        self.collector = self._make_collector() if self.with_collector else None
        self.auth_service = self._service("auth-service", self.ports.auth_service)
        self.event_service = self._service("event-service", self.ports.event_service)
        self.gateway = self._service("gateway", self.ports.gateway)
        self._wire_services()

    @property
    def parts(self) -> list[Part]:
        """All parts, in the order in which they start."""
        collector = [self.collector] if self.collector else []
        return [self.rabbitmq, self.store, *collector, *self.services]

    @property
    def services(self) -> list[Service]:
        """The three services, in the order in which they start."""
        return [self.auth_service, self.event_service, self.gateway]

    @property
    def admin_password(self) -> str:
        """Password of the account `admin`; auth-service made it up when it started."""
        return (self.auth_service.folder / "admin-password").read_text()

    @property
    def intake(self) -> str:
        """Where the services send OTLP/HTTP."""
        return self.collector.http if self.collector else self.store.http

    @contextlib.contextmanager
    def running(self, progress: Callable[[Part], None] = lambda _part: None) -> Iterator[None]:
        """Start all parts in order; stop those that run, in reverse order, at the end.

        Raises:
            StartError: when a part does not become ready; the others are stopped.
        """
        with contextlib.ExitStack() as exits:
            for part in self.parts:
                progress(part)
                exits.callback(part.stop)
                # The services do not wait for one another, so they start together.
                if part in self.services:
                    part.launch()
                else:
                    part.start()
            for service in self.services:
                service.wait_until_ready()
            yield

    def _make_collector(self) -> Collector:
        collector = Collector(
            self.folder / "collector",
            overlays=("store",),
            variables={"OTLOG_STORE_ENDPOINT": self.store.http},
            http_port=self.ports.collector,
        )
        if self.collector_files is not None:
            collector.files = self.collector_files
        return collector

    def _service(self, name: str, port: int | None) -> Service:
        telemetry = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.intake,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=shop,deployment.environment.name=demo",
        }
        return Service(name, self.folder / name, {**telemetry, **self.variables}, port)

    def _wire_services(self) -> None:
        broker = self.rabbitmq.url
        database = self.auth_service.folder.resolve() / "accounts.sqlite"
        self.auth_service.variables |= {
            "AUTH_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
            "AUTH_SIGNING_KEY_FILE": str(self.auth_service.folder / "signing-key.pem"),
            "AUTH_ADMIN_PASSWORD_FILE": str(self.auth_service.folder / "admin-password"),
        }
        self.event_service.variables |= {
            "EVENT_AMQP_URL": broker,
            "EVENT_AUTH_URL": self.auth_service.http,
            "EVENT_SEEN_FILE": str(self.event_service.folder / "seen.sqlite"),
        }
        self.gateway.variables |= {
            "GATEWAY_AUTH_URL": self.auth_service.http,
            "GATEWAY_EVENT_URL": self.event_service.http,
            "GATEWAY_AMQP_URL": broker,
            "OTLOG_EDGE": "true",
            "OTLOG_CAPTURE": "all",
        }


def collector_available() -> bool:
    """Whether a Collector of the right version can be run."""
    return find_binary() is not None
