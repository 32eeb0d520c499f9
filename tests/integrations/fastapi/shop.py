"""An app with the routes that the tests ask for, and ways to call it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import BackgroundTasks, FastAPI, WebSocket
from fastapi.responses import StreamingResponse

from otel_logging.integrations import fastapi as integration

log = logging.getLogger("shop")


def make_app() -> FastAPI:
    """Make an app with the routes that the tests ask for."""
    app = FastAPI()

    @app.get("/items/{item_id}")
    async def item(item_id: str, pause: float = 0) -> str:
        log.info("before %s", item_id)
        await asyncio.sleep(pause)
        log.info("after %s", item_id)
        return item_id

    @app.get("/thread/{item_id}")
    def thread(item_id: str) -> str:
        log.info("in a thread")
        integration.set_user("from-a-thread", ["clerk"])
        return item_id

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> None:
        tasks.add_task(log.info, "in the background")

    @app.get("/broken")
    async def broken() -> None:
        raise LookupError("no such thing")

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            for number in range(3):
                log.info("chunk %d", number)
                yield b"%d" % number

        return StreamingResponse(chunks())

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        text = await websocket.receive_text()
        log.info("received")
        if text == "fail":
            raise LookupError("no such thing")
        await websocket.send_text(text)
        await websocket.close()

    return app


@asynccontextmanager
async def client_of(app: object) -> AsyncIterator[httpx.AsyncClient]:
    """Call an app in process; its exceptions become the responses that a server would send."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("192.0.2.7", 5000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


@asynccontextmanager
async def served(app: FastAPI, root_path: str = "") -> AsyncIterator[str]:
    """Serve an app with uvicorn on a free port; yields the URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, root_path=root_path))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
