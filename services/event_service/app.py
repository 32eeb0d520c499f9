"""event-service, put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from services.event_service.accounts import Accounts
from services.event_service.broker import Broker
from services.event_service.orders import Orders
from services.event_service.problems import answer_with_problems
from services.event_service.routes import router
from services.event_service.settings import Settings
from services.event_service.worker import Worker


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings come from the environment when not given."""
    chosen = settings or Settings.from_environ(os.environ)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        wait = chosen.request_timeout
        app.state.broker = broker = Broker(chosen.amqp_url, wait)
        async with httpx.AsyncClient(base_url=chosen.auth_url, timeout=wait) as http:
            worker = Worker(broker, Orders(Accounts(http)), chosen.retry_pause)
            async with broker.running(worker.take):
                yield

    app = FastAPI(title="event-service", lifespan=lifespan)
    answer_with_problems(app)
    app.include_router(router)
    return app
