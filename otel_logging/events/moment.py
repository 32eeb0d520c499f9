"""When an event happened, where that is not now."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime
from types import TracebackType
from typing import Final

_MOMENT: Final[ContextVar[datetime | None]] = ContextVar("otlog.moment", default=None)


class At:
    """Events that are written inside the block happened at this time.

        with At(entry.time):
            auth_role_granted(…, audit_record_id=entry.id)

    An event of the audit trail that is told again after a crash is then the same record as before,
    and a backend that knows a record by its time and its ID keeps one.

    Args:
        time: When it happened; a time without a zone is local, as `datetime` has it.
    """

    def __init__(self, time: datetime) -> None:
        self._time = time

    def __enter__(self) -> None:
        self._token = _MOMENT.set(self._time)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _MOMENT.reset(self._token)


def moment() -> float | None:
    """Return the time of the events that are written here, in seconds since 1970; None is now."""
    time = _MOMENT.get()
    return None if time is None else time.timestamp()
