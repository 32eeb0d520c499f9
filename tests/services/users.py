"""Users of auth-service, as tests need them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx

from services.auth_service.settings import Settings

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class User:
    """A user who has logged in."""

    id: str
    username: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        """What proves who they are."""
        return {"Authorization": f"Bearer {self.access_token}"}


async def registered(auth: httpx.AsyncClient, username: str = "alice") -> User:
    """A new user."""
    account = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    created = await auth.post("/register", json=account)
    assert created.status_code == 201, created.text
    return await logged_in(auth, username, PASSWORD, created.json()["user_id"])


async def logged_in(
    auth: httpx.AsyncClient, username: str, password: str, user_id: str = ""
) -> User:
    """A user who has logged in again."""
    answer = await auth.post("/login", json={"username": username, "password": password})
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    return User(user_id, username, pair["access_token"], pair["refresh_token"])


async def administrator(auth: httpx.AsyncClient, settings: Settings) -> User:
    """The first administrator."""
    password = await asyncio.to_thread(settings.admin_password_file.read_text)
    return await logged_in(auth, "admin", password)


async def fail(auth: httpx.AsyncClient, username: str, times: int, address: str = "") -> None:
    """Log in with a wrong password, again and again."""
    headers = {"X-Forwarded-For": address} if address else {}
    body = {"username": username, "password": "a wrong password"}
    for _ in range(times):
        answer = await auth.post("/login", json=body, headers=headers)
        assert answer.status_code == 401, answer.text
