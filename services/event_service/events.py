"""The event that comes in over HTTP and goes on through the broker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, Field


class Event(BaseModel):
    """Something that happened (attributes named as in CloudEvents 1.0).

    Attributes:
        type: what happened, such as `order.placed`.
        source: the service that says so.
        data: what the type asks for.
    """

    id: str = Field(default_factory=lambda: str(uuid4()), max_length=64)
    type: str = Field(pattern=r"^[a-z]+(\.[a-z_]+)+$", max_length=64)
    source: str = Field(min_length=1, max_length=64)
    time: datetime = Field(default_factory=lambda: datetime.now(UTC))
    data: dict[str, Any]
