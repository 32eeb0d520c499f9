"""The same commands on both backends print the same."""

from __future__ import annotations

import contextlib
import io
import os
from unittest import mock

import pytest

from otel_logging import cli
from otel_logging.backends import BackendError, LogQuery, TraceQuery
from otel_logging.backends.times import rfc3339
from tests.loki.proxy import proxied
from tests.loki.running import RealRun

pytestmark = pytest.mark.loki


def printed(backend: str, *arguments: str, columns: int = 120) -> list[str]:
    """The lines that a command prints."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {"COLUMNS": str(columns)}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = cli.main([*arguments, "--backend", backend])
    assert code == 0, err.getvalue()
    return out.getvalue().splitlines()


@pytest.mark.parametrize("columns", [80, 160])
def test_every_transaction_is_printed_alike(run: RealRun, columns: int) -> None:
    """`otel-logging trace ID` prints the same lines for each step of the scenario."""
    for step in run.result.steps:
        of_store = printed(run.stack.store.http, "trace", step.trace_id, columns=columns)
        of_loki_tempo = printed(run.stack.backend, "trace", step.trace_id, columns=columns)

        assert len(of_store) > 8
        assert of_loki_tempo == of_store


@pytest.mark.parametrize(
    "arguments",
    [
        ("traces",),
        ("traces", "--failed"),
        ("traces", "--service", "event-service", "--min-duration-ms", "1"),
        ("logs",),
        ("logs", "--service", "gateway", "--severity", "WARN"),
        ("logs", "--scope", "uvicorn.access", "--attribute", "url.path=/orders"),
        ("logs", "LAMP", "--limit", "3"),
    ],
)
def test_every_list_is_printed_alike(run: RealRun, arguments: tuple[str, ...]) -> None:
    """Each way to choose chooses the same of the run, whatever tests before this one sent."""
    run.settle()
    asked = (*arguments, "--until", rfc3339(run.end_ns))
    of_store = printed(run.stack.store.http, *asked, columns=400)

    assert of_store
    assert printed(run.stack.backend, *asked, columns=400) == of_store


def test_services_are_counted_alike(run: RealRun) -> None:
    """Names, records, spans and errors of each service are the store's."""
    run.settle()
    counts = [
        [(one.name, one.logs, one.spans, one.errors) for one in backend.services()]
        for backend in (run.store, run.loki_tempo)
    ]

    assert len(counts[0]) == 3
    assert counts[0] == counts[1]


def test_the_start_of_an_id_is_enough(run: RealRun) -> None:
    """A prefix finds its trace; one that several have is refused with their IDs."""
    whole = run.result.order_trace_id

    assert run.loki_tempo.trace(whole[:12].upper()).trace_id == whole
    every = {trace.trace_id for trace in run.store.traces(TraceQuery(limit=1000))}
    digit = max("0123456789abcdef", key=lambda one: sum(id_.startswith(one) for id_ in every))
    with pytest.raises(BackendError, match="several traces start with"):
        run.loki_tempo.trace(digit)


def test_an_unknown_trace_is_said_to_be_unknown(run: RealRun) -> None:
    """An ID that no trace has is an error, not an empty drawing."""
    with pytest.raises(BackendError, match="no trace starts with"):
        run.loki_tempo.trace("f" * 32)


def test_a_user_is_found_by_id(run: RealRun) -> None:
    """All records of one user, and nobody else's."""
    query = LogQuery(user=run.user_id, limit=1000)
    found = {record.uid for record in run.loki_tempo.search_logs(query)}

    assert found
    assert found == {record.uid for record in run.store.search_logs(query)}


def test_a_tail_yields_each_record_once(run: RealRun) -> None:
    """What follows from the run's beginning is the run, in order of time."""
    first = min(record.time_unix_nano for record in run.records(run.store).values())
    following = run.loki_tempo.tail(LogQuery(since_ns=first, limit=1000))
    found = [next(following) for _ in range(len(run.records(run.store)))]

    assert len({record.uid for record in found}) == len(found)
    assert found == sorted(found, key=lambda record: (record.time_unix_nano, record.uid))


@pytest.mark.parametrize("dropping", ["", "x-loki-response-encoding-flags"])
def test_a_proxy_with_path_and_password_is_enough(run: RealRun, dropping: str) -> None:
    """Through a proxy as Grafana's, which may drop a header, a transaction prints the same."""
    targets = {"loki": run.stack.loki.http, "tempo": run.stack.tempo.http}
    direct = printed(run.stack.backend, "trace", run.result.order_trace_id)

    with proxied(targets, dropping=dropping) as proxy:
        through = printed(
            f"loki+tempo:{proxy}loki,{proxy}tempo", "trace", run.result.order_trace_id
        )

    assert through == direct
