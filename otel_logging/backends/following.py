"""A tail made of searches, for backends that are asked again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec

from otel_logging.backends.interface import LogQuery
from otel_logging.backends.types import LogRecord

INTERVAL_SECONDS = 0.25
OVERLAP_NS = 10 * 10**9
"""How far back a tail looks for records that arrived out of order."""
PAGE = 1000
"""Records that one search asks for."""


class Following:
    """What has arrived since the last look, each record once.

    Args:
        search: Answers a query.
        query: Which records; from its `since_ns` on, or from now.
    """

    def __init__(self, search: Callable[[LogQuery], list[LogRecord]], query: LogQuery) -> None:
        self._search = search
        self._query = query
        self._since = query.since_ns if query.since_ns is not None else time.time_ns()
        self._seen: dict[str | None, int] = {}

    def poll(self) -> Iterator[LogRecord]:
        """Yield what is new, oldest first.

        Raises:
            BackendError: When the backend cannot answer.
        """
        since = self._since
        while True:
            found = self._search(self._page(since))
            for record in found:
                if record.uid not in self._seen:
                    self._seen[record.uid] = record.time_unix_nano
                    yield record
            if len(found) < PAGE or found[-1].time_unix_nano == since:
                break
            since = found[-1].time_unix_nano
        self._forget()

    def _page(self, since: int) -> LogQuery:
        return msgspec.structs.replace(self._query, since_ns=since, newest_first=False, limit=PAGE)

    def _forget(self) -> None:
        self._since = max([self._since, *(at - OVERLAP_NS for at in self._seen.values())])
        self._seen = {uid: at for uid, at in self._seen.items() if at >= self._since}


def follow(search: Callable[[LogQuery], list[LogRecord]], query: LogQuery) -> Iterator[LogRecord]:
    """Yield what `search` finds from now on, each record once, without end."""
    following = Following(search, query)
    while True:
        yield from following.poll()
        time.sleep(INTERVAL_SECONDS)
