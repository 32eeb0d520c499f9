"""The scenario against a stack that runs already, judged by what its backend gives back."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import msgspec

from demo.playing import play, say, show
from demo.scenario import Result
from demo.verdict import Verdict
from otel_logging.backends import Backend, LogQuery, NotFoundError, Transaction, open_backend

_SETTLE_SECONDS = 180.0
_QUIET_SECONDS = 5.0
_MOST_RECORDS = 10_000
_UNJUDGED = (
    "not judged from here: the version and the queue of the Collector, the output and files of "
    "the parts, metrics, and whether other traces are whole"
)


def run(gateway: str, backend: str | None) -> int:
    """Play the scenario at a gateway, show the order's trace and the verdict.

    Args:
        gateway: its URL.
        backend: as `otel-logging --backend` takes it; without one nothing is judged.

    Returns:
        0 when the verdict holds or nothing was asked to judge, 1 when it does not.

    Raises:
        ScenarioError: when a step's answer is not the expected one.
        BackendError: when the backend cannot answer.
        TimeoutError: when a trace does not reach the backend.
    """
    if backend is None:
        play(gateway)
        say("NOT JUDGED: name a backend by --backend or OTLOG_BACKEND to read the telemetry back")
        return 0
    source = open_backend(backend)
    try:
        # A backend that cannot be asked is better known before the user acts.
        source.services()
        started_ns = time.time_ns()
        result = play(gateway)
        say("waiting until the last records are in the backend")
        verdict = judge(source, result, started_ns)
    finally:
        source.close()
    show(result.order_trace_id, backend)
    for leak in verdict.leaks:
        print(f"demo: LEAK {leak}", file=sys.stderr)
    say(_UNJUDGED)
    print(verdict.line)
    return 0 if verdict.holds else 1


def judge(source: Backend, result: Result, started_ns: int) -> Verdict:
    """Read the scenario's traces back, and look for secrets in all records since it began."""
    found = _settled(source, [step.trace_id for step in result.steps])
    spans = [span for trace in found for span in trace.spans]
    records = [record for trace in found for record in trace.logs]
    known = {(span.trace_id, span.span_id) for span in spans}
    since = source.search_logs(LogQuery(since_ns=started_ns, limit=_MOST_RECORDS))
    return Verdict(
        collector="unseen",
        services=sorted({span.service for span in spans}),
        traces=sum(bool(trace.spans) for trace in found),
        spans=len(spans),
        logs=len(records),
        orphan_logs=sum((record.trace_id, record.span_id) not in known for record in records),
        leaks=[*_leaks("spans", spans, result.needles), *_leaks("records", since, result.needles)],
    )


def _settled(source: Backend, trace_ids: Sequence[str]) -> list[Transaction]:
    """Return the traces once all are there and have not grown for a while."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    seen, quiet_since = -1, time.monotonic()
    missing: Sequence[str] = trace_ids
    while time.monotonic() < deadline:
        found = {one: _trace(source, one) for one in trace_ids}
        missing = [one for one, trace in found.items() if not trace.spans]
        size = sum(len(trace.spans) + len(trace.logs) for trace in found.values())
        if size != seen:
            seen, quiet_since = size, time.monotonic()
        if not missing and time.monotonic() - quiet_since > _QUIET_SECONDS:
            return list(found.values())
        time.sleep(0.5)
    raise TimeoutError(f"these traces did not reach the backend: {', '.join(missing)}")


def _trace(source: Backend, trace_id: str) -> Transaction:
    try:
        return source.trace(trace_id)
    except NotFoundError:
        return Transaction(trace_id, [], [])


def _leaks(what: str, items: Sequence[msgspec.Struct], needles: Sequence[str]) -> list[str]:
    texts = [msgspec.json.encode(one).decode() for one in needles]
    kept = msgspec.json.encode(items).decode()
    count = sum(kept.count(text.strip('"')) for text in texts)
    return [f"{what}: {count}"] if count else []
