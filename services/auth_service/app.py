"""auth-service, put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.auth_service import routes
from services.auth_service.keys import load_signing_key
from services.auth_service.problems import answer_with_problems
from services.auth_service.running import running
from services.auth_service.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings come from the environment when not given."""
    chosen = settings or Settings.from_environ(os.environ)
    key = load_signing_key(chosen.signing_key_file)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(chosen, key) as parts:
            app.state.parts = parts
            yield

    app = FastAPI(title="auth-service", lifespan=lifespan)
    answer_with_problems(app)
    for router in routes.ALL:
        app.include_router(router)
    return app
