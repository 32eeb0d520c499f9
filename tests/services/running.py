"""Run services inside the test's own event loop, on real sockets."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from stack.ports import HOST, free_port

DEADLINE = 180.0


@asynccontextmanager
async def served(app: FastAPI, port: int | None = None) -> AsyncIterator[str]:
    """Serve an app by uvicorn; its base URL."""
    chosen = port or free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, host=HOST, port=chosen, log_config=None, timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            await serving
            raise RuntimeError(f"{app.title} did not start")
        await asyncio.sleep(0.01)
    try:
        yield f"http://{HOST}:{chosen}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls the app in process, with its lifespan run."""
    async with LifespanManager(app, startup_timeout=DEADLINE, shutdown_timeout=DEADLINE) as manager:
        # Errors become answers, as they do for a client on the network.
        transport = httpx.ASGITransport(manager.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield client


async def until(condition: Callable[[], Awaitable[Any] | Any]) -> Any:
    """Wait until the condition gives something true, and return that."""
    async with asyncio.timeout(DEADLINE):
        while True:
            result = condition()
            if inspect.isawaitable(result):
                result = await result
            if result:
                return result
            await asyncio.sleep(0.05)
