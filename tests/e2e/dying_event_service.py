"""event-service that is killed when it has processed an order and not yet acknowledged it."""

from __future__ import annotations

import asyncio
import os
import signal

from aio_pika.message import IncomingMessage
from fastapi import FastAPI

from otel_logging import flush
from services.event_service import app


def create_app() -> FastAPI:
    """The service, with its first acknowledgement of an order as its end."""
    proper = IncomingMessage.ack

    async def ack(message: IncomingMessage, multiple: bool = False) -> None:  # noqa: FBT001, FBT002
        if message.type == "order.placed":
            # What was told so far is not the question.
            await asyncio.to_thread(flush)
            os.kill(os.getpid(), signal.SIGKILL)
        await proper(message, multiple)

    IncomingMessage.ack = ack  # type: ignore[method-assign]
    return app.create_app()
