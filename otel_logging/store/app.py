"""Putting the store together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from otel_logging.store.api import Api, answer_json
from otel_logging.store.intake import Intake
from otel_logging.store.people import forget
from otel_logging.store.queries.reader import Reader
from otel_logging.store.settings import StoreSettings
from otel_logging.store.slices import Slices
from otel_logging.store.writer import Clock, Writer


def create_app(settings: StoreSettings, clock: Clock = time.time_ns) -> Starlette:
    """Open the folder and return the application; its shutdown closes the folder.

    Args:
        settings: Where and how much to store.
        clock: Returns the time in Unix nanoseconds.

    Raises:
        StoreError: When the folder cannot be used.
    """
    slices = Slices(settings.folder)
    writer = Writer(slices, settings, clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await run_in_threadpool(writer.close)
            await run_in_threadpool(slices.close)

    async def status(_request: Request) -> Response:
        parts = slices.within()
        return answer_json(
            {
                "accepted": writer.accepted,
                "repeats": writer.repeats,
                "slices": len(parts),
                "bytes": sum(part.size for part in parts),
            }
        )

    return Starlette(
        lifespan=lifespan,
        routes=[
            *Intake(writer, settings, clock).routes(),
            *Api(Reader(slices), lambda user: writer.run(partial(forget, slices, user))).routes(),
            Route("/api/status", status),
            Route("/healthz", _healthz),
        ],
    )


async def _healthz(_request: Request) -> Response:
    return answer_json({"status": "ok"})
