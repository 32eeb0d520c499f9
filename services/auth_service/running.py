"""How the parts are put together: the one place that knows all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.auth_service import database
from services.auth_service.accounts import Accounts
from services.auth_service.admin import ensure_admin
from services.auth_service.administration import Administration
from services.auth_service.delivery import Delivery
from services.auth_service.failures import Failures
from services.auth_service.keys import SigningKey
from services.auth_service.parts import Parts
from services.auth_service.passwords import Passwords
from services.auth_service.recovery import Recovery
from services.auth_service.sessions import Sessions
from services.auth_service.settings import Settings
from services.auth_service.tokens import TokenIssuer
from services.auth_service.trail import Trail, begin_chain


@asynccontextmanager
async def running(settings: Settings, key: SigningKey) -> AsyncIterator[Parts]:
    """The parts, for as long as the block lasts.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: when the database cannot be opened.
    """
    delivery = Delivery()
    issuer = TokenIssuer(key, settings.lifetimes)
    async with database.opened(settings.database_url) as opened:
        await begin_chain(opened)
        trail = Trail(opened, delivery.tell)
        sessions, failures = Sessions(trail, issuer), Failures(settings.limits)
        accounts = Accounts(opened, trail, Passwords(), sessions, failures)
        if settings.admin_password_file is not None:
            await ensure_admin(accounts, settings.admin_password_file)
        async with delivery.running(opened):
            yield Parts(
                key=key,
                issuer=issuer,
                accounts=accounts,
                sessions=sessions,
                recovery=Recovery(accounts),
                administration=Administration(trail, failures),
            )
