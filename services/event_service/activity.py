"""What users look at: many small events, counted in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel, Field

from services.event_service.events import Event
from services.event_service.stages import stage


class PageViewed(BaseModel):
    """The data of `activity.page_viewed`."""

    page: str = Field(max_length=200)


class ItemSearched(BaseModel):
    """The data of `activity.item_searched`."""

    words: str = Field(max_length=200)


DATA: dict[str, type[BaseModel]] = {
    "activity.page_viewed": PageViewed,
    "activity.item_searched": ItemSearched,
}


class Activity:
    """Counts of what was looked at, as far as this process was told."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    async def count(self, events: Sequence[Event]) -> None:
        """Count a batch of events."""
        with stage("count_activity") as counting:
            self.counts.update(event.type for event in events)
            counting.step("counted")
