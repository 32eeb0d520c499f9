"""After the faults: everything answers, every worker gets on, no lock is held, queues run dry."""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import httpx

from soak.ground import Ground
from soak.schedule import SERVICES
from soak.traffic import Visitor
from soak.waiting import until
from stack.ports import HOST

_QUIET: Final = 4.0
_WAITING: Final = ("events.orders", "events.activity", "outcomes.gateway")


def stuck(ground: Ground, visitor: Visitor) -> list[str]:
    """Return what does not answer, or does not get on, when all faults are over."""
    silent = [name for name, part in ground.parts.items() if not until(part.ready)]
    if not until(lambda: _order_is_completed(visitor)):
        silent.append("an order was not completed")
    if not until(lambda: drained(ground)):
        silent.extend(f"not drained: {one}" for one in waiting(ground))
    return silent


def drained(ground: Ground) -> bool:
    """Tell whether nothing waits anywhere, and nothing arrives for some seconds."""
    before = _count(ground)
    if any(waiting(ground)):
        return False
    time.sleep(_QUIET)
    # Services go on exporting metrics; records and spans stand still.
    return not any(waiting(ground)) and _count(ground) - before <= _NOISE


_NOISE: Final = 50
"""Records and spans that health checks and the like may cause in some seconds."""


def waiting(ground: Ground) -> Iterator[str]:
    """Yield where something waits: the Collector's queue, spools, the broker's queues."""
    collector = ground.stack.collector
    assert collector is not None
    url = f"http://{HOST}:{collector.self_metrics_port}/metrics"
    for line in httpx.get(url, timeout=30).text.splitlines():
        if line.startswith("otelcol_exporter_queue_size{") and not line.endswith(" 0"):
            yield line
    for service in SERVICES:
        yield from (path.name for path in ground.spool(service).glob("*.otlp"))
    if ground.stack.rabbitmq.running:
        queues = ground.stack.rabbitmq.queues()
        yield from (f"{name}: {queues[name]}" for name in _WAITING if queues.get(name))


def held_locks(ground: Ground) -> list[str]:
    """Return the locks that somebody holds while nothing is to be done."""
    locks = [path for service in SERVICES for path in ground.spool(service).glob(".*")]
    held = [path.name for path in locks if not until(partial(_free, path), 30)]
    if not until(lambda: _writable(ground.accounts), 30):
        held.append(ground.accounts.name)
    return held


def _free(lock: Path) -> bool:
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(file, fcntl.LOCK_UN)
    return True


def _writable(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=5)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.rollback()
    return True


def _order_is_completed(visitor: Visitor) -> bool:
    visitor.act()
    order = visitor.order()
    return order is not None and until(lambda: visitor.status(order) == "completed", 30)


def _count(ground: Ground) -> int:
    summary = httpx.get(f"{ground.stack.store.http}/api/summary", timeout=60).json()
    return int(summary["spans"]) + int(summary["logs"])
