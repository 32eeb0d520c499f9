"""Orders: what is done with one that was placed or cancelled."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.event_service.accounts import Accounts
from services.event_service.stages import StageError, stage

LARGEST_QUANTITY = 1000


class Placed(BaseModel):
    """The data of `order.placed`."""

    order_id: str = Field(max_length=64)
    user_id: UUID
    item: str = Field(max_length=200)
    quantity: int = Field(gt=0)
    card_number: str = Field(max_length=32, repr=False)
    email: str = Field(max_length=254, repr=False)
    fail: bool = False


class Cancelled(BaseModel):
    """The data of `order.cancelled`."""

    order_id: str = Field(max_length=64)


class Outcome(BaseModel):
    """What became of an order; `reason` says why it failed."""

    order_id: str
    status: Literal["completed", "failed"]
    reason: str | None = None


class Orders:
    """Process orders one at a time."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def place(self, order: Placed) -> Outcome:
        """Check the user, charge the card.

        Raises:
            httpx.HTTPError: when the user cannot be checked now; try again.
        """
        try:
            await self._check_user(order)
            self._charge(order)
        except StageError as error:
            reason = error.reason.replace("_", " ")
            return Outcome(order_id=order.order_id, status="failed", reason=reason)
        return Outcome(order_id=order.order_id, status="completed")

    async def cancel(self, order: Cancelled) -> Outcome:
        """Give back what was charged."""
        with stage("refund") as refund:
            refund.step("charge_reversed")
        return Outcome(order_id=order.order_id, status="failed", reason="cancelled")

    async def _check_user(self, order: Placed) -> None:
        with stage("check_user") as check:
            user = await self._accounts.find(str(order.user_id))
            if user is None:
                raise StageError("unknown_user")
            check.step("user_found")

    def _charge(self, order: Placed) -> None:
        with stage("charge") as charge:
            if order.fail or order.quantity > LARGEST_QUANTITY:
                raise StageError("payment_declined")
            charge.step("card_charged")
