"""When a team works, in its own time zone."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal

import msgspec

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
Clock = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Business hours.

    Attributes:
        days: the days of the week.
        start: local time of day, included.
        end: local time of day, excluded.
        time_zone: name in the IANA time zone database.
    """

    days: tuple[Day, ...] = DAYS[:5]
    start: Clock = "09:00"
    end: Clock = "18:00"
    time_zone: str = "UTC"

    def longest_closed(self) -> timedelta:
        """The longest time between two business hours, an hour of clock change included."""
        start, end = (time.fromisoformat(text) for text in (self.start, self.end))
        night = timedelta(hours=24 + start.hour - end.hour, minutes=start.minute - end.minute)
        working = [index for index, day in enumerate(DAYS) if day in self.days]
        after = [*working[1:], working[0] + 7]
        free = max(following - day for day, following in zip(working, after, strict=True))
        return night + timedelta(days=free - 1, hours=1)

    def interval(self) -> dict[str, object]:
        """The same as a time interval of Alertmanager (0.25 and later)."""
        return {
            "weekdays": list(self.days),
            "times": [{"start_time": self.start, "end_time": self.end}],
            "location": self.time_zone,
        }
