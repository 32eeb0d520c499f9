"""The stock of items."""

from __future__ import annotations

from collections import Counter

from pydantic import BaseModel, Field

from services.event_service.stages import stage


class Adjusted(BaseModel):
    """The data of `stock.adjusted`."""

    item: str = Field(max_length=200)
    quantity: int


class Stock:
    """How many there are of each item, as far as this process was told."""

    def __init__(self) -> None:
        self.items: Counter[str] = Counter()

    async def adjust(self, change: Adjusted) -> None:
        """Add to an item, or take from it."""
        with stage("adjust_stock") as adjustment:
            self.items[change.item] += change.quantity
            adjustment.step("stock_adjusted")
