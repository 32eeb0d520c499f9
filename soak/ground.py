"""The native stack, each process with a link before it, a disk, a clock and rules of its own."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from otel_logging.redaction.policy import DEFAULT_FILE
from soak.clocks import Clock, build
from soak.disks import Disk
from soak.links import Links
from soak.schedule import FAULTS, SERVICES
from soak.waiting import until
from stack.collector import CONFIGURATION, UNREDACTED
from stack.native import NativeStack
from stack.part import Part, StartError
from stack.ports import HOST
from stack.rabbitmq import RabbitMQ
from stack.store import Store

METRIC_INTERVAL = 5.0
"""Seconds between two exports of a process's metrics."""

REQUEST_TIMEOUT = 15.0
"""Seconds that the gateway waits for another service: a machine that runs several soaks is slow."""

DISKS = {
    "store": "data",
    "collector": "queue",
    "rabbitmq": "data",
    **dict.fromkeys(SERVICES, "data"),
}
"""The folder of each process's disk, below its own."""


class _SteppedBroker(RabbitMQ):
    clock: Clock

    def environ(self) -> Mapping[str, str]:
        return {**super().environ(), **self.clock.variables}


class _SteppedStore(Store):
    clock: Clock

    def environ(self) -> Mapping[str, str]:
        return self.clock.variables


class Ground:
    """What a soak runs on.

    Attributes:
        folder: All that is written goes below it.
        stack: The parts.
        links: What stands before each of them.
        disks: Where each keeps its files.
        clocks: The time of each but the Collector.
        policies: The rules of each service, and those last given to the Collector.
        levels: The file of changed levels.
        away: Processes that are down on purpose: nobody starts them again.
    """

    def __init__(self, folder: Path, *, redacted: bool = True) -> None:
        """Lay it out; without redaction, to see that secrets would be found."""
        self.folder = folder.resolve()
        self._redacted = redacted
        self.stack = NativeStack(self.folder)
        library = build(self.folder / "clock.so")
        self.clocks = {
            name: Clock(library, self.folder / f"{name}.clock") for name in FAULTS["clock step"]
        }
        self._give_broker_and_store_a_clock()
        self.parts: dict[str, Part] = {part.name: part for part in self.stack.parts}
        self.links = Links({name: _port(part) for name, part in self.parts.items()})
        self.disks: dict[str, Disk] = {}
        self.policies = {name: self.folder / f"{name}.policy.yaml" for name in FAULTS["bad rules"]}
        self.levels = self.folder / "levels.yaml"
        self.rules = self.folder / "redaction.yaml"
        self.away: set[str] = set()
        self.changing = threading.RLock()
        self._configure()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Mount, start everything, and stop what still runs at the end."""
        with contextlib.ExitStack() as exits:
            for name, inner in DISKS.items():
                self.disks[name] = Disk(self.folder / name / inner)
                exits.callback(self.disks[name].unmount)
            exits.enter_context(self.links.running())
            for part in self.parts.values():
                exits.callback(part.stop)
                part.launch()
                # The services do not wait for one another, so they start together.
                if part.name not in SERVICES:
                    _wait_for(part)
            for service in self.stack.services:
                _wait_for(service)
            yield

    def console(self, service: str) -> Path:
        """Return the file of what a service prints."""
        return self.parts[service].log_file

    def spool(self, service: str) -> Path:
        """Return the folder of what a service keeps while the Collector is away."""
        return self.folder / service / "data" / "spool"

    @property
    def accounts(self) -> Path:
        """The database of auth-service."""
        return self.folder / "auth-service" / "data" / "accounts.sqlite"

    def _give_broker_and_store_a_clock(self) -> None:
        stack = self.stack
        stack.rabbitmq = broker = _SteppedBroker(self.folder / "rabbitmq", stack.rabbitmq.port)
        stack.store = store = _SteppedStore(self.folder / "store", stack.store.port)
        broker.clock, store.clock = self.clocks["rabbitmq"], self.clocks["store"]

    def _configure(self) -> None:
        stack, link = self.stack, self.links.port
        assert stack.collector is not None
        for file in self.policies.values():
            shutil.copy(DEFAULT_FILE, file)
        rules = CONFIGURATION / "redaction.yaml" if self._redacted else UNREDACTED
        shutil.copy(rules, self.rules)
        stack.collector.files[1] = self.rules
        stack.collector.variables["OTLOG_STORE_ENDPOINT"] = f"http://{HOST}:{link('store')}"
        for service in stack.services:
            service.variables |= {
                **self.clocks[service.name].variables,
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{link('collector')}",
                "OTEL_METRIC_EXPORT_INTERVAL": f"{METRIC_INTERVAL * 1000:.0f}",
                "OTLOG_CONSOLE": "json",
                "OTLOG_SPOOL": str(self.spool(service.name)),
                "OTLOG_POLICY": str(self.policies[service.name]),
                "OTLOG_LEVELS_FILE": str(self.levels),
                "OTLOG_REDACTION": "on" if self._redacted else "off",
            }
        self._configure_applications()

    def _configure_applications(self) -> None:
        stack, link = self.stack, self.links.port
        broker = f"amqp://guest:guest@{HOST}:{link('rabbitmq')}/"
        auth = f"http://{HOST}:{link('auth-service')}"
        stack.auth_service.variables |= {
            "AUTH_DATABASE_URL": f"sqlite+aiosqlite:///{self.accounts}",
            "AUTH_SIGNING_KEY_FILE": str(self.accounts.with_name("signing-key.pem")),
            "AUTH_ADMIN_PASSWORD_FILE": str(self.accounts.with_name("admin-password")),
        }
        stack.event_service.variables |= {
            "EVENT_AMQP_URL": broker,
            "EVENT_AUTH_URL": auth,
            "EVENT_SEEN_FILE": str(self.folder / "event-service" / "data" / "seen.sqlite"),
        }
        stack.gateway.variables |= {
            "GATEWAY_AMQP_URL": broker,
            "GATEWAY_AUTH_URL": auth,
            "GATEWAY_REQUEST_TIMEOUT": str(REQUEST_TIMEOUT),
            "GATEWAY_EVENT_URL": f"http://{HOST}:{link('event-service')}",
        }


def _wait_for(part: Part) -> None:
    if not until(lambda: not part.running or part.ready()) or not part.running:
        raise StartError(f"{part.name} did not start; its output is in {part.log_file}")


def _port(part: Part) -> int:
    """Where those who use a part connect to it."""
    return int(getattr(part, "http_port", 0) or getattr(part, "port", 0))
