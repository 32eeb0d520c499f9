"""Orders: what is done with one that was placed."""

from __future__ import annotations

import logging
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.event_service.accounts import Accounts

log = logging.getLogger(__name__)

LARGEST_QUANTITY = 1000


class Order(BaseModel):
    """The data of an `order.placed` event."""

    order_id: str = Field(max_length=64)
    user_id: UUID
    item: str = Field(max_length=200)
    quantity: int = Field(gt=0)
    card_number: str = Field(max_length=32, repr=False)
    email: str = Field(max_length=254, repr=False)
    fail: bool = False


class Outcome(BaseModel):
    """What became of an order; `reason` says why it failed."""

    order_id: str
    status: Literal["completed", "failed"]
    reason: str | None = None


class Orders:
    """Process orders one at a time."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def process(self, order: Order) -> Outcome:
        """Check the user, charge the card.

        Raises:
            httpx.HTTPError: when the user cannot be checked now; try again.
        """
        user = await self._accounts.find(str(order.user_id))
        if user is None:
            log.warning("order refused", extra={"error.type": "unknown_user"})
            return Outcome(order_id=order.order_id, status="failed", reason="unknown user")
        log.info("user checked", extra={"user.id": user.user_id, "user.roles": user.roles})
        if order.fail or order.quantity > LARGEST_QUANTITY:
            log.warning("charge declined", extra={"error.type": "payment_declined"})
            return Outcome(order_id=order.order_id, status="failed", reason="payment declined")
        log.info("card charged", extra={"order.quantity": order.quantity})
        return Outcome(order_id=order.order_id, status="completed")
