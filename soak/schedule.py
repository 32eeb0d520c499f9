"""Which fault hits which process, and when: a pure function of the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import msgspec

SERVICES: Final = ("gateway", "auth-service", "event-service")
PROCESSES: Final = (*SERVICES, "rabbitmq", "collector", "store")

WARM_UP: Final = 20.0
"""Seconds before the first fault."""

COOL_DOWN: Final = 20.0
"""Seconds without a fault at the end."""

GAPS: Final = (10.0, 40.0)
"""Shortest and longest time between the beginnings of two faults, in seconds."""

LENGTHS: Final = (4.0, 30.0)
"""Shortest and longest fault, in seconds."""

RECOVERY: Final = 15.0
"""Seconds that a process is left alone after a fault."""

STEP: Final = 90.0
"""Furthest that a clock is stepped, forwards or backwards, in seconds."""

FAULTS: Final[dict[str, tuple[str, ...]]] = {
    "kill": PROCESSES,
    "stop": PROCESSES,
    "slow": PROCESSES,
    "full disk": PROCESSES,
    "broken connection": PROCESSES,
    "bad rules": (*SERVICES, "collector"),
    "level change": SERVICES,
    "clock step": (*SERVICES, "rabbitmq", "store"),
}
"""Each fault, and the processes that can have it.

Only services and the Collector have rules, only services have levels. The Collector is a Go
program, which asks the kernel for the time without any library in between: its clock cannot be
stepped apart from the machine's.
"""


class Planned(msgspec.Struct, frozen=True):
    """A fault that is to come.

    Attributes:
        at: When it begins, in seconds since the traffic began.
        process: Whom it hits.
        fault: One of `FAULTS`.
        seconds: How long it lasts.
        step: By how many seconds the clock is off meanwhile; 0 for other faults.
    """

    at: float
    process: str
    fault: str
    seconds: float
    step: float = 0.0


class Plan(msgspec.Struct, frozen=True):
    """What a run is asked to do.

    Attributes:
        seed: What faults and traffic are drawn from.
        seconds: How long traffic and faults last.
        rate: Requests a second that visitors send together.
    """

    seed: int
    seconds: float
    rate: float


def schedule(seed: int, duration: float) -> list[Planned]:
    """Return the faults of a run of some seconds, in their order.

    Every pair of process and fault comes once before any comes again. Faults of different
    processes may overlap; a process has one at a time.
    """
    draw = random.Random(seed)  # noqa: S311 - it has to be repeatable
    planned: list[Planned] = []
    free = dict.fromkeys(PROCESSES, 0.0)
    at = WARM_UP
    for process, fault in _deck(draw):
        seconds = round(draw.uniform(*LENGTHS), 1)
        step = round(draw.uniform(1, STEP) * draw.choice((-1, 1)), 1)
        at = max(at, free[process])
        if at + seconds > duration - COOL_DOWN:
            return planned
        planned.append(
            Planned(round(at, 1), process, fault, seconds, step if fault == "clock step" else 0.0)
        )
        free[process] = at + seconds + RECOVERY
        at += draw.uniform(*GAPS)
    return planned


def _deck(draw: random.Random) -> Iterator[tuple[str, str]]:
    pairs = [(process, fault) for fault, processes in FAULTS.items() for process in processes]
    while True:
        draw.shuffle(pairs)
        yield from pairs
