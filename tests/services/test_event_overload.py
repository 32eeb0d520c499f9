"""What event-service measures of itself under overload is what others see of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import mean

import pytest

from services.event_service import topology
from services.event_service.batches import Limits
from stack.rabbitmq import RabbitMQ
from tests.services.overload import Overloaded, SlowAuth, overloaded
from tests.services.running import until

pytestmark = pytest.mark.rabbitmq

ORDERS, VIEWS = 120, 4 * Limits().size
HELD_AFTER = 40
QUEUE = "messaging.destination.name"
WITHIN = 0.05


def close(measured: float, seen: float) -> bool:
    """Whether two figures differ by at most 5 %."""
    return measured == pytest.approx(seen, rel=WITHIN)


async def eventually(measured: Callable[[], float], seen: Callable[[], float]) -> None:
    """Wait until what is measured agrees with what others see."""
    await until(lambda: close(measured(), seen()))


async def test_measures_agree_with_what_others_see(tmp_path: Path, rabbitmq: RabbitMQ):
    """Queue, waiting time, batches, rate, CPU and memory: within 5 % of broker, counts, kernel."""
    auth = SlowAuth(HELD_AFTER)
    events = Counter({"order.placed": ORDERS, "activity.page_viewed": VIEWS})
    async with overloaded(tmp_path, rabbitmq, auth, events) as process:
        # It asks once more than is answered, and then stands still: both sides can be compared.
        await until(lambda: len(auth.asked) == HELD_AFTER + 1)
        await until(lambda: processed(process, "order.placed") == HELD_AFTER)
        broker = await asyncio.to_thread(rabbitmq.queues)
        assert broker[topology.ORDERS] > ORDERS / 4
        await until(lambda: agree(process.newest("event.queue.length", QUEUE), broker))
        assert process.newest("event.consumer.lag", QUEUE)[topology.ORDERS] > 0
        await eventually(
            lambda: sum(process.newest("process.cpu.time", "cpu.mode").values()),
            process.cpu_seconds,
        )
        await eventually(
            lambda: process.newest("process.memory.usage", "")[""], process.resident_bytes
        )

        auth.go_on.set()
        await until(lambda: processed(process, "order.placed") == ORDERS)
        await until(lambda: processed(process, "activity.page_viewed") == VIEWS)
        broker = await asyncio.to_thread(rabbitmq.queues)
        await until(lambda: agree(process.newest("event.queue.length", QUEUE), broker))

        assert broker[topology.ORDERS] == 0
        assert waits(process) == (ORDERS, pytest.approx(waited(process, auth), rel=WITHIN))
        assert batches(process) == (VIEWS / Limits().size, VIEWS)
        measured, seen = rates(process, auth)
        assert close(measured, seen)


def agree(measured: dict[str, float], broker: dict[str, int]) -> bool:
    """Whether every queue is as long as the broker says."""
    return bool(measured) and all(close(length, broker[q]) for q, length in measured.items())


def processed(process: Overloaded, event_type: str) -> float:
    """How many events of a type are done."""
    points = process.points("event.processed", event_type=event_type, event_outcome="done")
    return points[-1]["value"] if points else 0.0


def waits(process: Overloaded) -> tuple[int, float]:
    """How many orders had waited, and how long on average, as measured."""
    points = process.points("event.queue.wait", messaging_destination_name=topology.ORDERS)
    count = int(points[-1]["data"]["count"])
    return count, points[-1]["value"] / count


def waited(process: Overloaded, auth: SlowAuth) -> float:
    """How long orders waited on average until somebody was asked about them."""
    return mean(asked - then for asked, then in zip(auth.asked, process.published, strict=True))


def batches(process: Overloaded) -> tuple[int, float]:
    """How many batches there were, and how many events in them."""
    last = process.points("event.batch.size")[-1]
    return int(last["data"]["count"]), last["value"]


def rates(process: Overloaded, auth: SlowAuth) -> tuple[float, float]:
    """Orders a second as measured while the queue was worked off, and as auth-service saw it."""
    points = process.points("event.processed", event_type="order.placed", event_outcome="done")
    busy = [p for p in points if HELD_AFTER < p["value"] < ORDERS]
    first, last = busy[0], busy[-1]
    begin, end = (datetime.fromisoformat(p["timestamp"]).timestamp() for p in (first, last))
    seen = sum(begin < asked <= end for asked in auth.asked)
    return (last["value"] - first["value"]) / (end - begin), seen / (end - begin)
