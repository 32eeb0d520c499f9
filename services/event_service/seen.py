"""Messages that were dealt with, so that a repeat does nothing."""

from __future__ import annotations


class Seen:
    """The newest message IDs, up to a bound; of this process.

    A repeat comes from a publisher that did not see its confirmation, or from a broker that did
    not see an acknowledgement. Both come soon, so the newest are enough.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._ids: dict[str, None] = {}

    def __contains__(self, message_id: str | None) -> bool:
        return message_id in self._ids

    def add(self, message_id: str | None) -> None:
        """Note a message that was dealt with; one without an ID cannot be recognised."""
        if message_id is None:
            return
        while len(self._ids) >= self._capacity:
            del self._ids[next(iter(self._ids))]
        self._ids[message_id] = None
