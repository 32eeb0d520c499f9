"""Place orders, and ask what became of them."""

from __future__ import annotations

import logging
from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter
from pydantic import BaseModel, Field

from otel_logging import bind
from services.gateway.dependency import DependencyError
from services.gateway.orders import Order, Status
from services.gateway.parts import CurrentUser, PartsOf
from services.gateway.problems import ClientError

router = APIRouter(prefix="/orders")
log = logging.getLogger(__name__)


class OrderBody(BaseModel):
    """An order; `fail` asks for a charge that is declined."""

    item: str = Field(min_length=1, max_length=200)
    quantity: int = Field(gt=0, le=1_000_000)
    card_number: str = Field(pattern=r"^[0-9][0-9 -]{10,30}$")
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    password: str | None = Field(default=None, max_length=256)
    fail: bool = False


class Accepted(BaseModel):
    """The ID of an order that is being processed."""

    order_id: str


class OrderState(BaseModel):
    """What became of an order; `reason` says why it failed."""

    order_id: str
    status: Status
    reason: str | None = None


@router.post("", status_code=HTTPStatus.ACCEPTED)
async def place(body: OrderBody, user: CurrentUser, parts: PartsOf) -> Accepted:
    """Take an order and pass it on as an event of the type `order.placed`."""
    order = Order(id=str(uuid4()), owner=user.id)
    bind({"order.id": order.id})
    # The whole body, card number and password too: redaction masks them before they go anywhere.
    log.info("order received", extra={"order": body.model_dump()})
    # Nothing further needs the password, so it goes no further.
    data = {**body.model_dump(exclude={"password"}), "order_id": order.id, "user_id": user.id}
    event = {"type": "order.placed", "source": "gateway", "data": data}
    # The outcome may be here before the answer is, so the order is noted first.
    parts.orders.place(order)
    try:
        await parts.events.post("/events", event, (HTTPStatus.ACCEPTED,))
    except DependencyError:
        parts.orders.withdraw(order.id)
        raise
    log.info("order accepted")
    return Accepted(order_id=order.id)


@router.get("/{order_id}", response_model_exclude_none=True)
async def state(order_id: str, user: CurrentUser, parts: PartsOf) -> OrderState:
    """What became of one of the user's own orders; 404 for everybody else's."""
    order = parts.orders.of_owner(order_id, user.id)
    if order is None:
        bind({"order.id": order_id})
        raise ClientError(HTTPStatus.NOT_FOUND, "unknown_order", "no such order")
    return OrderState(order_id=order.id, status=order.status, reason=order.reason)
