"""The gateway, put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from otel_logging.integrations.fastapi import RequestLog
from services.gateway.dependency import Dependency
from services.gateway.failures import FailureLog
from services.gateway.orders import OrderBook
from services.gateway.outcomes import OutcomeConsumer
from services.gateway.parts import Parts
from services.gateway.problems import answer_with_problems
from services.gateway.routes import accounts, administration, health, orders
from services.gateway.settings import Settings
from services.gateway.tokens import TokenVerifier


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings come from the environment when not given."""
    chosen = settings or Settings.from_environ(os.environ)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        book, wait = OrderBook(chosen.max_orders), chosen.request_timeout
        async with (
            Dependency("auth-service", chosen.auth_url, wait) as auth,
            Dependency("event-service", chosen.event_url, wait) as events,
            OutcomeConsumer(chosen.amqp_url, book).running() as outcomes,
        ):
            app.state.parts = Parts(auth, events, TokenVerifier(auth), book, outcomes)
            yield

    app = FastAPI(title="gateway", lifespan=lifespan)
    app.add_middleware(RequestLog, settings=chosen.request_log)
    answer_with_problems(app, FailureLog(chosen.stack))
    for resource in (accounts, administration, orders, health):
        app.include_router(resource.router)
    return app
