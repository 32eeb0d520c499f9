"""Messaging metrics."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aio_pika.abc import AbstractIncomingMessage
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_logging.integrations import aio_pika as integration
from otel_logging.integrations.aio_pika.telemetry import telemetry
from tests.integrations.aio_pika.messaging import (
    consuming,
    named,
    send,
    until,
)

pytestmark = pytest.mark.rabbitmq


@pytest.fixture
def metered(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryMetricReader]:
    """Give the integration instruments whose points can be read."""
    reader = InMemoryMetricReader()
    monkeypatch.setattr(metrics, "get_meter", MeterProvider([reader]).get_meter)
    telemetry.cache_clear()
    yield reader
    telemetry.cache_clear()


def points(reader: InMemoryMetricReader) -> dict[str, list[tuple[str | None, int]]]:
    """Return, by metric, the error type and the count of each point."""
    (resource,) = reader.get_metrics_data().resource_metrics
    return {
        metric.name: [
            (point.attributes.get("error.type"), getattr(point, "count", None) or point.value)
            for point in metric.data.data_points
        ]
        for metric in resource.scope_metrics[0].metrics
    }


async def test_metrics(queue, metered, records, spans) -> None:
    """Each message is counted once when sent and once when consumed; durations are measured."""
    await send(queue, "a", "b", "c")
    message = await queue.get()
    with integration.processing(message):
        await message.ack()

    async def fail(message: AbstractIncomingMessage) -> None:
        async with message.process():
            raise LookupError("no such order")

    async with consuming(queue, fail):
        await until(lambda: len(named(spans, f"process {queue.name}")) == 3)

    assert points(metered) == {
        "messaging.client.sent.messages": [(None, 3)],
        "messaging.client.consumed.messages": [(None, 1), (None, 2)],
        "messaging.client.operation.duration": [(None, 3), (None, 1)],
        "messaging.process.duration": [(None, 1), ("LookupError", 2)],
    }
