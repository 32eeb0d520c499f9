"""A service with nothing of the library in it: started by `opentelemetry-instrument uvicorn`."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import httpx
from fastapi import BackgroundTasks, FastAPI

log = logging.getLogger("shop")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Consume what the service itself publishes."""
    async with await aio_pika.connect_robust(os.environ["AMQP_URL"]) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("launched", durable=True)

        async def handle(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            async with message.process():
                log.info("handled")

        await queue.consume(handle)
        app.state.exchange = channel.default_exchange
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def healthz() -> None:
    """Say that the service answers."""


@app.get("/orders/{order_id}")
async def order(order_id: str, tasks: BackgroundTasks) -> str:
    """Publish a message, and log before and after the response."""
    message = aio_pika.Message(b"{}", message_id=order_id)
    await app.state.exchange.publish(message, "launched")
    tasks.add_task(log.info, "in the background")
    log.info("ordered")
    return order_id


@app.get("/broken")
async def broken() -> None:
    """Fail."""
    raise LookupError("no such thing")


@app.get("/call")
async def call(url: str) -> int:
    """Call another service with a secret in the query."""
    async with httpx.AsyncClient() as client:
        response = await client.get(url, params={"access_token": "s3cr3t-t0ken-value"})
    return response.status_code
