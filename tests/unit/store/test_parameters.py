"""Reading the query string."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from otel_logging.backends.times import unix_nanos
from otel_logging.store.errors import ParameterError
from otel_logging.store.queries import logs, parameters, traces
from otel_logging.store.queries.reader import TimeRange


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_a_time_survives_both_ways(time_ns: int) -> None:
    """Nanoseconds are neither lost in the text nor in reading it, here and at the client."""
    text = parameters.rfc3339(time_ns)

    assert time_ns == parameters.rfc3339_ns(text) == unix_nanos(text)


def test_times_are_nanoseconds_or_rfc3339() -> None:
    """Both spellings name the same moment; an offset counts."""
    read = parameters.time_range(
        QueryParams({"since": "1000000000", "until": "1970-01-01T01:00:02+01:00"})
    )

    assert TimeRange(10**9, 2 * 10**9) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", "yesterday"),
        ("until", "-5"),
        ("limit", "0"),
        ("limit", "10001"),
        ("limit", "x"),
        ("order", "up"),
        ("severity", "LOUD"),
        ("attribute", "no-separator"),
        ("severty", "INFO"),
    ],
)
def test_a_log_query_names_what_it_cannot_read(name: str, value: str) -> None:
    """A wrong parameter is refused by name, never ignored; the store is not asked."""
    with pytest.raises(ParameterError, match=name):
        logs.search(None, QueryParams({name: value}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"), [("failed", "maybe"), ("min_duration_ms", "nan"), ("x", "")]
)
def test_a_trace_query_names_what_it_cannot_read(name: str, value: str) -> None:
    """The list of traces is as strict."""
    with pytest.raises(ParameterError, match=name):
        traces.listing(None, QueryParams({name: value}))  # type: ignore[arg-type]
