"""One load on one path: what was answered, and what each process used for a request."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace

from bench.load.wrk import Load
from bench.performance.design import CONNECTIONS, RAMP
from bench.performance.network import Socket, sockets, traffic
from bench.performance.stack import Backends, CaseStack, accepted, named
from bench.services import log_in
from stack.usage import of_session

ACCOUNT, EVENTS = "account", "events"
"""The paths: gateway → auth-service, and event-service → broker → its worker."""

OF_PATH = {
    ACCOUNT: ("gateway", "auth-service", "Collector"),
    EVENTS: ("event-service", "RabbitMQ", "Collector"),
}
"""The processes that have a part in each."""

_EARLY, _LATE = 0.2, 0.85
"""When connections are looked at, as a share of the time under load."""

Figures = dict[str, float]
"""By name: rps, p50_ms, p99_ms, log_records, spans, and PROCESS:cpu_ms and so on."""


@dataclass(frozen=True)
class Times:
    """How long each load lasts, in whole seconds, and with how many users.

    Attributes:
        warm: Before what is counted.
        load: Of what is counted.
        step: Of one number of users of the ramp.
        ramp: The numbers of users.
    """

    warm: int = 2
    load: int = 6
    step: int = 4
    ramp: tuple[int, ...] = RAMP

    def longer(self, factor: int) -> Times:
        """The same users, each load so many times as long."""
        return replace(
            self, warm=self.warm * factor, load=self.load * factor, step=self.step * factor
        )


QUICK = Times(warm=2, load=3, step=3, ramp=(1, 8, 32))


@dataclass
class _Looks:
    """Looks at the connections twice while a load is on."""

    seconds: float
    before: dict[Socket, tuple[int, int]] = field(default_factory=dict)
    after: dict[Socket, tuple[int, int]] = field(default_factory=dict)
    lasted: float = 1.0

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until both were taken."""
        self._thread.join()

    def _look(self) -> None:
        time.sleep(self.seconds * _EARLY)
        first, self.before = time.monotonic(), sockets()
        time.sleep(self.seconds * (_LATE - _EARLY))
        self.lasted, self.after = time.monotonic() - first, sockets()


def measure(stack: CaseStack, running: Backends, times: Times) -> dict[str, Figures]:
    """All loads of a case that runs, by path and number of users, as `path@users`."""
    case = stack.case
    token = log_in(stack.gateway.http)
    account = f"{stack.gateway.http}/auth/me"
    users = times.ramp if case.ramp else (CONNECTIONS,)
    found = {}
    for connections in users:
        load = Load("me", connections, {"ACCESS_TOKEN": token})
        load.put_on(account, times.warm)
        seconds = times.load if connections == CONNECTIONS else times.step
        found[key(ACCOUNT, connections)] = _one(stack, running, ACCOUNT, (load, account, seconds))
    if case.events:
        load, url = Load("events", CONNECTIONS, {}), f"{stack.event_service.http}/events"
        load.put_on(url, times.warm)
        found[key(EVENTS, CONNECTIONS)] = _one(stack, running, EVENTS, (load, url, times.load))
    return found


def key(path: str, connections: int) -> str:
    """The key of a load in the data."""
    return f"{path}@{connections}"


def _one(stack: CaseStack, running: Backends, path: str, what: tuple[Load, str, int]) -> Figures:
    load, url, seconds = what
    collector = running.collector(stack.case)
    parts = {name: part for name, part in named(stack, running).items() if name in OF_PATH[path]}
    before = {name: of_session(part.pid) for name, part in parts.items()}
    taken = accepted(collector)
    looks = _Looks(seconds)
    answered = load.put_on(url, seconds)
    looks.wait()
    figures: Figures = {
        "rps": answered.rps,
        "p50_ms": answered.p50_ms,
        "p99_ms": answered.p99_ms,
        **{
            signal: (count - taken[signal]) / answered.requests
            for signal, count in accepted(collector).items()
        },
    }
    looked_at = answered.rps * looks.lasted
    for name, part in parts.items():
        now = of_session(part.pid)
        moved = traffic(part.pid, looks.before, looks.after, collector.http_port)
        spent = now.cpu_seconds - before[name].cpu_seconds
        figures |= {
            f"{name}:cpu_ms": spent * 1e3 / answered.requests,
            f"{name}:memory_mib": now.memory_bytes / 2**20,
            f"{name}:sent_bytes": moved.sent / looked_at,
            f"{name}:received_bytes": moved.received / looked_at,
            f"{name}:exported_bytes": moved.exported / looked_at,
        }
    return figures
