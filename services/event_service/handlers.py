"""Which handler an event's type asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from pydantic import BaseModel

from services.event_service.orders import Cancelled, Orders, Outcome, Placed
from services.event_service.stock import Adjusted, Stock


class Handler(NamedTuple):
    """What an event's data must be, and what is done with it: an outcome, if it has one."""

    data: type[BaseModel]
    handle: Callable[..., Awaitable[Outcome | None]]


def handlers(orders: Orders, stock: Stock) -> Mapping[str, Handler]:
    """By type: the handlers of events that are processed one by one."""
    return {
        "order.placed": Handler(Placed, orders.place),
        "order.cancelled": Handler(Cancelled, orders.cancel),
        "stock.adjusted": Handler(Adjusted, stock.adjust),
    }
