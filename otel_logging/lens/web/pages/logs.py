"""Log records: filters, counts over time, and a live tail by server-sent events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from otel_logging.backends import Backend, BackendError, LogRecord
from otel_logging.backends.following import INTERVAL_SECONDS, OVERLAP_NS, Following
from otel_logging.backends.times import rfc3339
from otel_logging.lens.web.drawing.histogram import by_level, histogram_svg
from otel_logging.lens.web.filters import AGES, MOST_SHOWN, Filter
from otel_logging.lens.web.render import Renderer

BUCKETS = 90
MOST_AT_ONCE = 200
"""Records that one look of a tail sends to a page at most; the newest of them."""


class LogPages:
    """The page of log records and its tail."""

    def __init__(self, backend: Backend, render: Renderer) -> None:
        self._backend = backend
        self._render = render

    def routes(self) -> list[Route]:
        """Return the routes of all."""
        return [
            Route("/logs", self.listing),
            Route("/logs/live", self.live),
            Route("/record", self.record),
        ]

    def listing(self, request: Request) -> Response:
        """Answer with the records that match, newest first."""
        asked = Filter.read(request.query_params)
        query = asked.logs()
        records = self._backend.search_logs(query)
        counts = self._backend.histogram(query, BUCKETS)
        step_counts = by_level(_summed(counts.counts))
        context: dict[str, Any] = {
            "asked": asked,
            "records": records,
            "ages": AGES,
            "services": [service.name for service in self._backend.services()],
            "histogram": histogram_svg(
                counts, lambda since, until: asked.url("/logs", **_range(since, until))
            ),
            "counts": step_counts,
            "total": sum(step_counts.values()),
            "starts": counts.start_unix_nano,
            "ends": counts.start_unix_nano + counts.step_ns * len(counts.counts),
            "live_url": _live_url(asked, records),
        }
        answer = self._render.page(request, "logs.html", **context)
        if request.headers.get("HX-Request"):
            answer.headers["HX-Push-Url"] = asked.url("/logs")
        return answer

    def record(self, request: Request) -> Response:
        """Answer with all that one record says: within its list, or as a page of its own."""
        at, uid = request.query_params.get("at", ""), request.query_params.get("uid", "")
        query = Filter(since=at, until=at, limit=MOST_SHOWN).logs()
        found = [record for record in self._backend.search_logs(query) if record.uid == uid]
        if not found:
            message = "this record is not, or no longer, in the backend"
            return self._render.page(request, "error.html", 404, message=message)
        inside = request.headers.get("HX-Request")
        template = "record_details.html" if inside else "one_record.html"
        return self._render.page(request, template, record=found[0])

    async def live(self, request: Request) -> Response:
        """Answer with matching records as they arrive, until the page goes away."""
        query = Filter.read(request.query_params).logs()
        following = Following(self._backend.search_logs, query)
        return StreamingResponse(self._events(following), media_type="text/event-stream")

    async def _events(self, following: Following) -> AsyncIterator[str]:
        yield ": listening\n\n"
        while True:
            try:
                records = await run_in_threadpool(_newest, following)
            except BackendError:
                # The store is away; the page's tail goes on when it is back.
                records = []
            for record in records:
                yield _event("record", self._render.text("record.html", record=record), record.uid)
            if not records:
                yield ": still listening\n\n"
            await asyncio.sleep(INTERVAL_SECONDS)


def _newest(following: Following) -> Sequence[LogRecord]:
    return deque(following.poll(), maxlen=MOST_AT_ONCE)


def _event(name: str, text: str, uid: str | None) -> str:
    lines = "".join(f"data: {line}\n" for line in text.splitlines() if line)
    identity = "".join((uid or "").split())
    return f"event: {name}\nid: {identity}\n{lines}\n"


def _live_url(asked: Filter, records: Sequence[LogRecord]) -> str:
    """Return where the tail of a page starts: what is on the page already comes again.

    The page drops the repeats; a record that arrives late is not lost.
    """
    newest = max((record.time_unix_nano for record in records), default=0)
    since = {"since": rfc3339(newest - OVERLAP_NS)} if newest else {}
    return asked.url("/logs/live", until="", live=False, **since)


def _range(since: int, until: int) -> dict[str, str | bool]:
    return {"since": rfc3339(since), "until": rfc3339(until), "live": False}


def _summed(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for step in counts:
        for name, count in step.items():
            found[name] = found.get(name, 0) + count
    return found
