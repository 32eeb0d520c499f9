"""A tail made of searches, for backends that are asked again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec

from otel_logging.backends.interface import LogQuery
from otel_logging.backends.types import LogRecord

INTERVAL_SECONDS = 0.5
OVERLAP_NS = 10 * 10**9
"""How far back a tail looks for records that arrived out of order."""


def follow(search: Callable[[LogQuery], list[LogRecord]], query: LogQuery) -> Iterator[LogRecord]:
    """Yield what `search` finds from now on, each record once, without end."""
    since = query.since_ns if query.since_ns is not None else time.time_ns()
    seen: dict[str | None, int] = {}
    while True:
        wanted = msgspec.structs.replace(query, since_ns=since, newest_first=False)
        for record in search(wanted):
            if record.uid not in seen:
                seen[record.uid] = record.time_unix_nano
                yield record
        since = max([since, *(at - OVERLAP_NS for at in seen.values())])
        seen = {uid: at for uid, at in seen.items() if at >= since}
        time.sleep(INTERVAL_SECONDS)
