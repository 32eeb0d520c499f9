"""Overviews that are worked out from searches, for Loki and Tempo."""

from __future__ import annotations

from msgspec import structs

from otel_logging.backends.derived import errors_of, graph_of, histogram_of
from tests.unit.lens.sample import MS, T0, order, record, span


def test_records_are_counted_in_equal_steps() -> None:
    """The ends that are given count; without them those of the records."""
    records = [record(0, "s", "a", None), record(9, "s", "b", None, severity="ERROR")]

    found = histogram_of(records, (T0, T0 + 10 * MS - 1), 2)
    own = histogram_of(records, (None, None), 3)

    assert found.counts == [{"INFO": 1}, {"ERROR": 1}]
    assert (found.start_unix_nano, found.step_ns) == (T0, 5 * MS)
    assert own.counts == [{"INFO": 1}, {}, {"ERROR": 1}]
    assert histogram_of([], (None, None), 2).counts == [{}, {}]


def test_errors_of_one_type_and_place_are_one_group() -> None:
    """The innermost frame is the place; a trace counts once; the latest gives message and trace."""
    stack = 'File "a.py", line 1, in f\n  File "b.py", line 2, in g\nValueError'
    failure = {"exception.type": "ValueError", "exception.stacktrace": stack}
    records = [
        structs.replace(
            record(at, "s", "failed", None, attributes={**failure, "exception.message": str(at)}),
            trace_id=trace_id,
        )
        for at, trace_id in ((5, "a" * 32), (1, "b" * 32), (2, "b" * 32))
    ]

    [group] = errors_of(records)

    assert (group.type, group.place, group.count) == (
        "ValueError",
        'File "b.py", line 2, in g',
        2,
    )
    assert group.message == "5"
    assert group.first_seen < group.last_seen


def test_calls_follow_parents_and_links() -> None:
    """A request, a message under its sender, and one that only links to it make an edge each."""
    spans = order().spans
    linked = span(40, None, "audit", "process", kind="CONSUMER", links=spans[4].links[:1])

    found = graph_of([*spans, linked])

    assert [(edge.caller, edge.service, edge.by_message) for edge in found.edges] == [
        ("event-service", "audit", True),
        ("event-service", "auth-service", False),
        ("event-service", "event-service", True),
        ("gateway", "event-service", False),
    ]
    assert {node.service: node.errors for node in found.nodes}["event-service"] == 1
