"""The scenario on the real stack, and what is known of it apart from Loki and Tempo."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.scenario import Result, Scenario
from demo.verdict import wait_until_settled
from otel_logging.backends import (
    Backend,
    BackendError,
    LogQuery,
    LogRecord,
    Span,
    TraceQuery,
    open_backend,
)
from stack import named
from stack.real import RealStack
from tests.collector.waiting import until
from tests.loki import incidents

EVERYTHING = 10_000
REQUEST_ID = "ticket-4711"
PATIENT = {
    "OTEL_METRIC_EXPORT_INTERVAL": "2000",
    "GATEWAY_REQUEST_TIMEOUT": "60",
    "EVENT_REQUEST_TIMEOUT": "60",
}
"""Nobody need wait a minute for metrics, and a slow machine is no fault of a service."""
_CALLS = "traces_spanmetrics_calls_total"


@dataclass
class RealRun:
    """A stack that runs, what the user did on it, and both ways to read it.

    Attributes:
        user_id: the user's ID, as the gateway gave it at registration.
        ended_ns: when the run had settled: what other tests send later is not of it.
    """

    stack: RealStack
    result: Result
    store: Backend
    loki_tempo: Backend
    user_id: str = ""
    ended_ns: int | None = None

    @property
    def end_ns(self) -> int:
        """When it ended; now, while it goes on."""
        return self.ended_ns or time.time_ns()

    @property
    def everything(self) -> LogQuery:
        """What asks for all log records of the run."""
        return LogQuery(limit=EVERYTHING, newest_first=False, until_ns=self.ended_ns)

    def records(self, backend: Backend) -> dict[str | None, LogRecord]:
        """All log records that a backend has, by `log.record.uid`."""
        return {record.uid: record for record in backend.search_logs(self.everything)}

    def spans(self, backend: Backend) -> dict[str, Span]:
        """All spans that a backend has, by span ID."""
        traces = backend.traces(TraceQuery(limit=EVERYTHING, until_ns=self.ended_ns))
        found = (backend.trace(trace.trace_id) for trace in traces)
        return {span.span_id: span for trace in found for span in trace.spans}

    def settle(self) -> None:
        """Wait until both backends have the same, to lists too: Tempo's are some seconds late."""
        until(lambda: self._same(self.records), "all lines")
        until(lambda: self._same(self.spans), "all spans")

    def _same(self, read: Callable[[Backend], Mapping[Any, Any]]) -> bool:
        """Whether both backends answer, and with the same IDs."""
        try:
            return read(self.store).keys() == read(self.loki_tempo).keys()
        except BackendError:
            return False

    @property
    def order(self) -> list[Span]:
        """The spans of the order's trace, as the store has them."""
        return self.store.trace(self.result.order_trace_id).spans


@contextlib.contextmanager
def real_run(folder: Path) -> Iterator[RealRun]:
    """Start the stack, play the scenario twice, and wait until every backend has all of it.

    Twice, since a rate needs a counter that grew while Prometheus was looking.
    """
    if named.packaged("prometheus") is None:
        pytest.skip("prometheus is missing: `make setup` installs it")
    stack = RealStack(folder, variables=PATIENT)
    with stack.running(), contextlib.ExitStack() as opened:
        store, loki_tempo = open_backend(stack.store.http), open_backend(stack.backend)
        opened.callback(store.close)
        opened.callback(loki_tempo.close)
        _play(stack)
        until(lambda: bool(stack.prometheus.query(_CALLS)), _CALLS)
        before = _calls(stack)
        result, user_id = _play(stack)
        incidents.happen(stack)
        run = RealRun(stack, result, store, loki_tempo, user_id)
        wait_until_settled(stack.store.http, [step.trace_id for step in result.steps])
        run.settle()
        until(lambda: _calls(stack) > before, "the second run in Prometheus")
        run.ended_ns = time.time_ns()
        yield run


def _play(stack: RealStack) -> tuple[Result, str]:
    registered: dict[str, Any] = {}

    def remember(answer: httpx.Response) -> None:
        if answer.request.url.path == "/auth/register":
            answer.read()
            registered.update(answer.json())

    with httpx.Client(
        base_url=stack.gateway.http,
        timeout=30,
        headers={"X-Request-Id": REQUEST_ID},
        event_hooks={"response": [remember]},
    ) as client:
        result = Scenario(client, admin_password=stack.admin_password).run()
    return result, registered["user_id"]


def _calls(stack: RealStack) -> float:
    return sum(float(one["value"][1]) for one in stack.prometheus.query(f"sum({_CALLS})"))
