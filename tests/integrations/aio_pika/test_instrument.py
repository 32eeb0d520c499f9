"""Putting the patches in and taking them out."""

from __future__ import annotations

import aio_pika
import pytest
from opentelemetry.instrumentation.aio_pika import AioPikaInstrumentor

from otel_logging.integrations import aio_pika as integration
from tests.integrations.aio_pika.messaging import (
    send,
)

pytestmark = pytest.mark.rabbitmq


async def test_contrib_is_replaced(queue, records, spans) -> None:
    """OpenTelemetry's own instrumentation gives way, so that nothing is traced twice."""
    integration.uninstrument()
    AioPikaInstrumentor().instrument()
    integration.instrument()
    integration.instrument()
    await send(queue, "a")

    assert not AioPikaInstrumentor().is_instrumented_by_opentelemetry
    assert [span.name for span in spans.get_finished_spans()] == [f"send {queue.name}", "order"]
    integration.uninstrument()
    spans.clear()
    await queue.channel.default_exchange.publish(aio_pika.Message(b"x"), queue.name)
    assert spans.get_finished_spans() == ()
