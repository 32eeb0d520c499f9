"""The critical path: what the end of a transaction waited for."""

from __future__ import annotations

from otel_logging.backends import Span, Transaction
from otel_logging.lens.critical import critical_path
from otel_logging.lens.tree import build
from tests.unit.lens.sample import MS, T0, TRACE, span


def shares(*spans: Span) -> dict[int, list[tuple[int, int]]]:
    """Return by span number its times on the path, in milliseconds."""
    found = critical_path(build(Transaction(TRACE, list(spans), [])))
    return {
        int(span_id, 16): [((start - T0) // MS, (end - T0) // MS) for start, end in times]
        for span_id, times in found.items()
    }


def test_of_parallel_children_the_one_that_ends_last_counts() -> None:
    """The shorter branch has no share; what is left around the longer one is the parent's."""
    root = span(1, None, "a", "root", ms=10)
    short, long = span(2, 1, "a", "short", at=1, ms=3), span(3, 1, "a", "long", at=2, ms=6)

    assert shares(root, short, long) == {1: [(0, 2), (8, 10)], 3: [(2, 8)]}


def test_children_one_after_another_are_all_on_the_path() -> None:
    """The parent has what lies between them."""
    root = span(1, None, "a", "root", ms=10)
    first, second = span(2, 1, "a", "first", at=1, ms=3), span(3, 1, "a", "second", at=5, ms=4)

    assert shares(root, first, second) == {1: [(0, 1), (4, 5), (9, 10)], 2: [(1, 4)], 3: [(5, 9)]}


def test_a_message_goes_on_after_its_sender_has_ended() -> None:
    """The path leads through the consumer; waiting in the queue is nobody's share."""
    root = span(1, None, "a", "root", ms=4)
    sent = span(2, 1, "a", "send", at=1, ms=1)
    worked = span(3, 2, "b", "process", at=6, ms=4)

    assert shares(root, sent, worked) == {1: [(0, 1)], 2: [(1, 2)], 3: [(6, 10)]}


def test_a_deep_chain_needs_no_deep_stack() -> None:
    """A hostile trace of many levels is drawn like any other."""
    spans = [span(1, None, "a", "root", ms=9000)]
    spans += [span(n, n - 1, "a", "x", at=n / 10, ms=9000 - n) for n in range(2, 3000)]

    assert len(shares(*spans)) > 2000
