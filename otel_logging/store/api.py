"""The query API under `/api`; answers are JSON, errors are problem details (RFC 9457)."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

import duckdb
import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from otel_logging.store.body import read_body
from otel_logging.store.errors import OverloadedError, ParameterError, RefusedRequestError
from otel_logging.store.queries import logs, metrics, traces
from otel_logging.store.queries.errors import errors
from otel_logging.store.queries.graph import graph
from otel_logging.store.queries.histogram import histogram
from otel_logging.store.queries.metric_names import metric_names
from otel_logging.store.queries.reader import Reader
from otel_logging.store.queries.scan import scan
from otel_logging.store.queries.services import services
from otel_logging.store.queries.summary import summary

TRACE_ID_DIGITS = 32
MAX_SCAN_BYTES = 1_000_000
_TRACE_ID = re.compile(r"[0-9a-f]{1,32}")


Forget: TypeAlias = Callable[[str], "Future[int]"]
"""Deletes what is of a person, in the writer's thread, and tells how many rows that was."""


class ScanRequest(msgspec.Struct):
    """The body of a scan: texts to look for."""

    needles: list[str]


class Api:
    """Answers questions about what is stored, each in a worker thread."""

    def __init__(self, reader: Reader, forget: Forget) -> None:
        self._reader = reader
        self._forget = forget

    def routes(self) -> list[Route]:
        """Return the routes of all questions."""
        return [
            self._listing("/api/logs", "records", logs.search),
            self._listing("/api/traces", "traces", traces.listing),
            self._listing("/api/metrics", "points", metrics.points),
            self._listing("/api/metrics/names", "metrics", metric_names),
            self._listing("/api/errors", "errors", errors),
            self._listing("/api/histogram", "histogram", histogram),
            self._listing("/api/graph", "graph", graph),
            self._listing("/api/services", "services", lambda reader, _: services(reader)),
            Route("/api/traces/{trace_id}", self._trace),
            Route("/api/people/{user_id:path}", self._person, methods=["DELETE"]),
            Route("/api/summary", self._summary),
            Route("/api/scan", self._scan, methods=["POST"]),
        ]

    def _listing(self, path: str, name: str, ask: Callable[[Reader, Any], Any]) -> Route:
        async def answer(request: Request) -> Response:
            try:
                found = await run_in_threadpool(ask, self._reader, request.query_params)
            except ParameterError as error:
                return problem(400, str(error))
            return answer_json({name: found})

        return Route(path, answer)

    async def _trace(self, request: Request) -> Response:
        """Answer with the trace of an ID or of a prefix that only one ID has."""
        wanted = request.path_params["trace_id"].lower()
        if not _TRACE_ID.fullmatch(wanted):
            return problem(400, "a trace ID is up to 32 hex digits")
        known = [wanted]
        if len(wanted) < TRACE_ID_DIGITS:
            known = await run_in_threadpool(traces.ids, self._reader, wanted)
        if len(known) > 1:
            return problem(409, f"several traces start with {wanted}: {', '.join(known)}")
        found = await run_in_threadpool(traces.trace, self._reader, known[0]) if known else None
        return answer_json(found) if found else problem(404, f"no trace starts with {wanted}")

    async def _person(self, request: Request) -> Response:
        """Delete one person's data; the answer comes when no file holds it any more."""
        user_id = request.path_params["user_id"]
        if not user_id:
            return problem(400, "name the person: DELETE /api/people/{user_id}")
        try:
            gone = await asyncio.wrap_future(self._forget(user_id))
        except (OverloadedError, duckdb.IOException, OSError) as error:
            return problem(503, f"not everything could be deleted; try again: {error}")
        return answer_json({"deleted": gone})

    async def _summary(self, _request: Request) -> Response:
        return answer_json(await run_in_threadpool(summary, self._reader))

    async def _scan(self, request: Request) -> Response:
        try:
            body = await read_body(request, MAX_SCAN_BYTES)
            wanted = msgspec.json.decode(body, type=ScanRequest)
        except RefusedRequestError as error:
            return problem(error.status, str(error))
        except (msgspec.MsgspecError, UnicodeError) as error:
            return problem(400, f'the body must be {{"needles": ["…"]}}: {error}')
        if not all(wanted.needles):
            return problem(400, "an empty needle is found everywhere")
        ask = functools.partial(scan, self._reader, wanted.needles)
        return answer_json({"findings": await run_in_threadpool(ask)})


def answer_json(value: Any) -> Response:
    """Return a value as a JSON answer."""
    return Response(msgspec.json.encode(value), media_type="application/json")


def problem(status: int, detail: str) -> Response:
    """Return an error as problem details."""
    body = msgspec.json.encode({"status": status, "detail": detail})
    return Response(body, status, media_type="application/problem+json")
