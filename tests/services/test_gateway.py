"""The gateway in front of the real auth-service, event-service and RabbitMQ."""

from __future__ import annotations

import logging

import aio_pika
import pytest

from tests.services.conftest import ALICE, ORDER, Platform
from tests.services.running import until

pytestmark = pytest.mark.rabbitmq


async def test_order_completes(platform: Platform):
    """Register, log in, place an order: it completes, by way of the broker."""
    user = await platform.log_in("alice")

    state = await platform.outcome(user, order_id := await platform.place(user))

    assert state == {"order_id": order_id, "status": "completed"}


@pytest.mark.parametrize("changes", [{"fail": True}, {"quantity": 1001}], ids=str)
async def test_declined_order_fails(platform: Platform, changes: dict[str, object]):
    """An order whose charge is declined fails, and its owner can read why."""
    user = await platform.log_in("alice")

    state = await platform.outcome(user, order_id := await platform.place(user, **changes))

    assert state == {"order_id": order_id, "status": "failed", "reason": "payment declined"}


async def test_wrong_password_and_conflict(platform: Platform):
    """Refusals of auth-service come through as problem details."""
    await platform.log_in("alice")

    taken = await platform.gateway.post("/auth/register", json=ALICE)
    wrong = await platform.gateway.post("/auth/login", json={**ALICE, "password": "wrong one"})

    assert (taken.status_code, wrong.status_code) == (409, 401)
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.json()["detail"] == "wrong username or password"


async def test_refresh(platform: Platform):
    """A refresh token brings an access token that works; a made-up one brings 401."""
    await platform.log_in("alice")
    pair = (await platform.gateway.post("/auth/login", json=ALICE)).json()

    good = await platform.gateway.post(
        "/auth/refresh", json={"refresh_token": pair["refresh_token"]}
    )
    bad = await platform.gateway.post("/auth/refresh", json={"refresh_token": "made-up"})

    assert (good.status_code, bad.status_code) == (200, 401)
    await platform.place({"Authorization": f"Bearer {good.json()['access_token']}"})


async def test_own_account(platform: Platform):
    """Users see their own account as auth-service has it now; nobody else sees any."""
    user = await platform.log_in("alice")

    mine = await platform.gateway.get("/auth/me", headers=user)
    nobodys = await platform.gateway.get("/auth/me")

    assert (mine.status_code, mine.json()["roles"]) == (200, ["user"])
    assert nobodys.status_code == 401


async def test_orders_are_their_owners_alone(platform: Platform):
    """Another user's order cannot be told from one that does not exist."""
    alice, bob = await platform.log_in("alice"), await platform.log_in("bob")
    order_id = await platform.place(alice)

    others = await platform.gateway.get(f"/orders/{order_id}", headers=bob)
    nobodys = await platform.gateway.get("/orders/nobodys", headers=bob)

    assert (others.status_code, nobodys.status_code) == (404, 404)
    differs = others.json().items() ^ nobodys.json().items()
    assert {name for name, _ in differs} <= {"trace_id"}


async def test_token_is_needed(platform: Platform):
    """Without a token, 401 with the challenge of RFC 6750."""
    answer = await platform.gateway.post("/orders", json=ORDER)

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_order_body_is_logged_once(platform: Platform, caplog: pytest.LogCaptureFixture):
    """The body stands in one record, as an attribute."""
    caplog.set_level(logging.INFO)
    user = await platform.log_in("alice")
    caplog.clear()

    await platform.outcome(user, await platform.place(user, password="of the order"))

    records = [vars(record) for record in caplog.records]
    assert [r["name"] for r in records if "order" in r] == ["services.gateway.routes.orders"]
    assert len([r for r in records if "of the order" in str(r)]) == 1
    assert len([r for r in records if ORDER["card_number"] in str(r)]) == 1


async def test_password_goes_no_further(platform: Platform):
    """The event has what processing needs, and not the password."""
    user = await platform.log_in("alice")
    async with await aio_pika.connect(platform.amqp_url) as connection:
        channel = await connection.channel()
        events = await channel.declare_queue(exclusive=True)
        await events.bind(await channel.get_exchange("events"), "order.placed")
        await platform.place(user, password="of the order")
        message = await until(lambda: events.get(fail=False, no_ack=True))

    assert ORDER["card_number"] in message.body.decode()
    assert "of the order" not in message.body.decode()


async def test_invalid_order(platform: Platform):
    """An order that makes no sense is refused, and its values are not sent back."""
    user = await platform.log_in("alice")

    answer = await platform.gateway.post(
        "/orders", json={**ORDER, "card_number": "not-a-number"}, headers=user
    )

    assert answer.status_code == 422
    assert "body.card_number" in answer.json()["detail"]
    assert "not-a-number" not in answer.text
