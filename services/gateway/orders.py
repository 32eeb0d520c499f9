"""Orders and what became of them, in memory: the newest, up to a bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel

Status = Literal["pending", "completed", "failed"]


class Outcome(BaseModel):
    """What event-service says became of an order."""

    order_id: str
    status: Literal["completed", "failed"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order that was placed; `reason` says why it failed."""

    id: str
    owner: str
    status: Status = "pending"
    reason: str | None = None


class OrderBook:
    """The orders of this process; with more than `capacity` the oldest are forgotten."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._orders: dict[str, Order] = {}

    def place(self, order: Order) -> None:
        """Remember a new order."""
        while len(self._orders) >= self._capacity:
            del self._orders[next(iter(self._orders))]
        self._orders[order.id] = order

    def withdraw(self, order_id: str) -> None:
        """Forget an order that could not be passed on."""
        self._orders.pop(order_id, None)

    def settle(self, outcome: Outcome) -> Order | None:
        """Note an outcome; the order as it is now, or `None` when it is not known here."""
        order = self._orders.get(outcome.order_id)
        if order is None:
            return None
        settled = replace(order, status=outcome.status, reason=outcome.reason)
        self._orders[order.id] = settled
        return settled

    def of_owner(self, order_id: str, owner: str) -> Order | None:
        """The order with this ID if it is this owner's."""
        order = self._orders.get(order_id)
        return order if order and order.owner == owner else None
