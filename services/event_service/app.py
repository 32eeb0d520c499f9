"""event-service, put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing

import httpx
from fastapi import FastAPI

from services.event_service.accounts import Accounts
from services.event_service.activity import Activity
from services.event_service.broker import Broker
from services.event_service.consumers import Consumers
from services.event_service.handlers import handlers
from services.event_service.measures import Measures
from services.event_service.orders import Orders
from services.event_service.problems import answer_with_problems
from services.event_service.process_metrics import observe_process
from services.event_service.routes import router
from services.event_service.seen import Seen
from services.event_service.settings import Settings
from services.event_service.stock import Stock
from services.event_service.worker import Worker


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings come from the environment when not given."""
    chosen = settings or Settings.from_environ(os.environ)
    measures = Measures()
    observe_process()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        wait = chosen.request_timeout
        app.state.broker = broker = Broker(chosen.amqp_url, wait)
        async with AsyncExitStack() as exits:
            seen = exits.enter_context(closing(Seen(chosen.seen_file)))
            http = httpx.AsyncClient(base_url=chosen.auth_url, timeout=wait)
            accounts = Accounts(await exits.enter_async_context(http))
            handled = handlers(Orders(accounts), Stock())
            worker = Worker(broker, handled, measures, seen, chosen.retry_pause)
            consumers = Consumers(worker, Activity(), measures, chosen.prefetch, chosen.batch)
            await exits.enter_async_context(broker.running(consumers.consume))
            yield

    app = FastAPI(title="event-service", lifespan=lifespan)
    answer_with_problems(app)
    app.include_router(router)
    return app
