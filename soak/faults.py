"""How each fault begins and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from otel_logging.redaction.policy import DEFAULT_FILE
from soak.ground import Ground
from soak.schedule import Planned

DELAY: Final = 0.3
"""Seconds by which a slow connection holds back every piece of data."""

_BROKEN: Final = "rules: [\n"
_COMMAND: Final = Path(sys.executable).with_name("otel-logging")

Act = Callable[[Ground, Planned], None]


class Fault(NamedTuple):
    """What makes a fault begin, and what ends it."""

    begin: Act
    end: Act


def _kill(ground: Ground, planned: Planned) -> None:
    with ground.changing:
        ground.away.add(planned.process)
        ground.parts[planned.process].kill()


def _start(ground: Ground, planned: Planned) -> None:
    with ground.changing:
        ground.parts[planned.process].launch()
        ground.away.discard(planned.process)


def _signal(ground: Ground, planned: Planned, number: signal.Signals) -> None:
    with ground.changing:
        part = ground.parts[planned.process]
        if part.running:
            os.killpg(part.pid, number)


def _stop(ground: Ground, planned: Planned) -> None:
    _signal(ground, planned, signal.SIGSTOP)


def _continue(ground: Ground, planned: Planned) -> None:
    _signal(ground, planned, signal.SIGCONT)


def _break_rules(ground: Ground, planned: Planned) -> None:
    file = ground.policies[planned.process]
    file.write_text(_BROKEN)
    if planned.process == "collector" and _apply(ground, file) == 0:
        raise RuntimeError("the Collector took rules that are broken")


def _mend_rules(ground: Ground, planned: Planned) -> None:
    """Give it good rules with a version of their own, so that it has to take them."""
    file = ground.policies[planned.process]
    fresh = file.with_suffix(".fresh")
    name = f"soak{int(planned.at * 10)}"
    rule = f'\n  - {{name: {name}, match: ["{name} secret"]}}'
    fresh.write_text(DEFAULT_FILE.read_text().replace("\nkeys:", f"\nkeys:{rule}", 1))
    fresh.replace(file)
    if planned.process == "collector" and _apply(ground, file) != 0:
        raise RuntimeError("the Collector did not take good rules")


def _apply(ground: Ground, policy: Path) -> int:
    pid = str(ground.parts["collector"].pid)
    where = ("--policy", policy, "--output", ground.rules, "--pid", pid, "--timeout", "600")
    return subprocess.run([_COMMAND, "policy", "apply", *where], check=False).returncode


def _levels(ground: Ground, planned: Planned, *words: str) -> None:
    which = ("--file", str(ground.levels), "--service", planned.process)
    subprocess.run([_COMMAND, "levels", *words, *which], check=True, stdout=subprocess.DEVNULL)


FAULTS: Final[dict[str, Fault]] = {
    "kill": Fault(_kill, _start),
    "stop": Fault(_stop, _continue),
    "slow": Fault(
        lambda ground, planned: ground.links.slow(planned.process, DELAY),
        lambda ground, planned: ground.links.slow(planned.process, 0),
    ),
    "full disk": Fault(
        lambda ground, planned: ground.disks[planned.process].fill(),
        lambda ground, planned: ground.disks[planned.process].free(),
    ),
    "broken connection": Fault(
        lambda ground, planned: ground.links.break_(planned.process),
        lambda ground, planned: ground.links.mend(planned.process),
    ),
    "bad rules": Fault(_break_rules, _mend_rules),
    "level change": Fault(
        lambda ground, planned: _levels(ground, planned, "set", "DEBUG", "--why", "soak"),
        lambda ground, planned: _levels(ground, planned, "reset"),
    ),
    "clock step": Fault(
        lambda ground, planned: ground.clocks[planned.process].step(planned.step),
        lambda ground, planned: ground.clocks[planned.process].step(0),
    ),
}
