"""One soak: start, traffic and faults, quiet, accounts."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from soak.faults import FAULTS
from soak.ground import Ground
from soak.schedule import Plan, Planned, schedule
from soak.settle import drained, held_locks, stuck
from soak.traffic import Journal, Traffic, Visitor
from soak.waiting import until
from soak.watch import Watch
from stack.ports import HOST

Tell = Callable[[str], None]


@dataclass
class Played:
    """What was done, and what was seen meanwhile.

    Attributes:
        planned: The faults.
        watch: What was seen of each process.
        journal: What was confirmed to those who sent it.
        traffic: Who sent it.
        full_disks: From when to when the disk of the Collector's queue was full.
        failed: Faults that could not be played.
        stuck: What did not answer at the end.
        locks: What was locked at the end.
    """

    planned: list[Planned]
    watch: Watch
    traffic: Traffic
    journal: Journal = field(default_factory=Journal)
    full_disks: list[tuple[float, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    locks: list[str] = field(default_factory=list)


def play(ground: Ground, plan: Plan, tell: Tell) -> Played:
    """Run traffic and faults for some seconds, and leave everything stopped and at rest.

    Raises:
        StartError: A part does not start, or this user may not mount.
    """
    link = ground.links.port
    gateway, events, intake = (
        f"http://{HOST}:{link(name)}" for name in ("gateway", "event-service", "collector")
    )
    traffic = Traffic(gateway, events, intake, plan)
    played = Played(schedule(plan.seed, plan.seconds), Watch(ground), traffic)
    with ground.running(), played.watch.running():
        tell("traffic and faults")
        traffic.start()
        _faults(ground, played, plan.seconds, tell)
        played.journal = traffic.end()
        tell("quiet")
        last = Visitor(ground.stack.gateway.http, "", random.Random(plan.seed), traffic.secrets)  # noqa: S311
        played.stuck = stuck(ground, last)
        played.locks = held_locks(ground)
        tell("stopping the services")
        _stop_services(ground)
        if not until(lambda: drained(ground)):
            played.stuck.append("the Collector did not run dry")
    return played


def _stop_services(ground: Ground) -> None:
    for service in ground.stack.services:
        with ground.changing:
            ground.away.add(service.name)
            service.stop()


def _faults(ground: Ground, played: Played, duration: float, tell: Tell) -> None:
    began = time.monotonic()
    threads = []
    for planned in played.planned:
        time.sleep(max(began + planned.at - time.monotonic(), 0))
        tell(f"{planned.at:6.1f} s  {planned.process}: {planned.fault} for {planned.seconds} s")
        thread = threading.Thread(target=_fault, args=(ground, played, planned), daemon=True)
        thread.start()
        threads.append(thread)
    time.sleep(max(began + duration - time.monotonic(), 0))
    for thread in threads:
        thread.join()


def _fault(ground: Ground, played: Played, planned: Planned) -> None:
    fault, began = FAULTS[planned.fault], time.monotonic()
    try:
        fault.begin(ground, planned)
        time.sleep(planned.seconds)
        fault.end(ground, planned)
        if (planned.process, planned.fault) == ("collector", "full disk"):
            played.full_disks.append((began, time.monotonic()))
    except Exception as error:  # noqa: BLE001 - told in the result
        played.failed.append(f"{planned.process}: {planned.fault}: {error!r}")
