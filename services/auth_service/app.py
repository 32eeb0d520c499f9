"""auth-service, put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.auth_service import database
from services.auth_service.accounts import Accounts
from services.auth_service.keys import load_signing_key
from services.auth_service.passwords import Passwords
from services.auth_service.problems import answer_with_problems
from services.auth_service.routes import router
from services.auth_service.settings import Settings
from services.auth_service.tokens import TokenIssuer


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings come from the environment when not given."""
    chosen = settings or Settings.from_environ(os.environ)
    key = load_signing_key(chosen.signing_key_file)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with database.opened(chosen.database_url) as sessions:
            app.state.accounts = Accounts(sessions, Passwords())
            yield

    app = FastAPI(title="auth-service", lifespan=lifespan)
    app.state.signing_key = key
    app.state.tokens = TokenIssuer(key, chosen.access_lifetime, chosen.refresh_lifetime)
    answer_with_problems(app)
    app.include_router(router)
    return app
