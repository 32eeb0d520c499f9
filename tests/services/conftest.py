"""The real parts that the services are tested on."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.auth_service import app as auth_service
from services.auth_service.settings import Settings as AuthSettings
from services.event_service import app as event_service
from services.event_service.settings import Settings as EventSettings
from services.gateway import app as gateway
from services.gateway.settings import Settings as GatewaySettings
from stack.ports import HOST, free_port
from stack.rabbitmq import RabbitMQ
from tests.services.running import client_of, served, until

ALICE = {"username": "alice", "email": "alice@example.com", "password": "correct horse battery"}
ORDER = {
    "item": "lamp",
    "quantity": 2,
    "card_number": "4111 1111 1111 1111",
    "email": "alice@example.com",
}


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A RabbitMQ for all tests of the session."""
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")) as broker:
        yield broker


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address at which nobody listens, nor any other program begins to."""
    with socket.socket() as kept:
        # The test itself may listen there later on.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = free_port()
        kept.bind((HOST, port))
        yield f"{HOST}:{port}"


@pytest.fixture
def auth_settings(tmp_path: Path) -> AuthSettings:
    """auth-service on a fresh SQLite file."""
    return AuthSettings(
        signing_key_file=tmp_path / "auth-key.pem",
        database_url=f"sqlite+aiosqlite:///{tmp_path / 'accounts.db'}",
        admin_password_file=tmp_path / "admin-password",
    )


@pytest.fixture
def auth_app(auth_settings: AuthSettings) -> FastAPI:
    """auth-service."""
    return auth_service.create_app(auth_settings)


@pytest.fixture
async def auth(auth_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of auth-service."""
    async with client_of(auth_app) as client:
        yield client


@dataclass(frozen=True)
class Platform:
    """All three services and the broker, running."""

    gateway: httpx.AsyncClient
    amqp_url: str

    async def log_in(self, username: str) -> dict[str, str]:
        """Register a user; the headers that prove who they are."""
        account = {**ALICE, "username": username}
        created = await self.gateway.post("/auth/register", json=account)
        assert created.status_code == 201, created.text
        answer = await self.gateway.post("/auth/login", json=account)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def place(self, user: dict[str, str], **changes: object) -> str:
        """Place an order; its ID."""
        answer = await self.gateway.post("/orders", json={**ORDER, **changes}, headers=user)
        assert answer.status_code == 202, answer.text
        return answer.json()["order_id"]

    async def outcome(self, user: dict[str, str], order_id: str) -> dict[str, str]:
        """The state of an order once it is pending no longer."""

        async def settled() -> dict[str, str] | None:
            answer = await self.gateway.get(f"/orders/{order_id}", headers=user)
            assert answer.status_code == 200, answer.text
            return None if answer.json()["status"] == "pending" else answer.json()

        return await until(settled)


@pytest.fixture
async def platform(auth_app: FastAPI, rabbitmq: RabbitMQ) -> AsyncIterator[Platform]:
    """The gateway called in process, the others behind real sockets."""
    async with AsyncExitStack() as stack:
        auth_url = await stack.enter_async_context(served(auth_app))
        events = event_service.create_app(
            EventSettings(amqp_url=rabbitmq.url, auth_url=auth_url, retry_pause=0.05)
        )
        events_url = await stack.enter_async_context(served(events))
        settings = GatewaySettings(
            auth_url=auth_url, event_url=events_url, amqp_url=rabbitmq.url, request_timeout=30
        )
        client = await stack.enter_async_context(client_of(gateway.create_app(settings)))
        await connected(client)
        async with httpx.AsyncClient(base_url=events_url) as direct:
            await connected(direct)
        yield Platform(client, rabbitmq.url)


async def connected(client: httpx.AsyncClient) -> None:
    """Wait until a service says that it has its broker."""

    async def has_broker() -> bool:
        return (await client.get("/healthz")).json()["broker"] == "connected"

    await until(has_broker)
