"""The shape of a transaction: what stands under what, and in which order."""

from __future__ import annotations

from otel_logging.backends import LogRecord, Transaction
from otel_logging.lens.tree import Item, Node, build, walk
from tests.unit.lens.sample import TRACE, order, record, span


def outline(top: list[Item]) -> list[str]:
    """Return one indented line for each item: a span's number or a record's body."""
    return [
        "  " * placed.depth
        + (
            str(placed.item.body)
            if isinstance(placed.item, LogRecord)
            else str(int(placed.item.span.span_id, 16))
        )
        for placed in walk(top)
    ]


def test_children_and_records_stand_in_clock_order() -> None:
    """Records are interleaved with the child spans of the span that wrote them."""
    spans = [
        span(1, None, "a", "root", ms=9),
        span(3, 1, "a", "late", at=5),
        span(2, 1, "a", "b", at=1),
    ]
    logs = [record(0.5, "a", "first", 1), record(3, "a", "between", 1), record(2, "a", "in 2", 2)]

    assert outline(build(Transaction(TRACE, spans, logs))) == [
        "1",
        "  first",
        "  2",
        "    in 2",
        "  between",
        "  3",
    ]


def test_what_has_no_place_stands_at_the_top() -> None:
    """A span with a missing parent and a record with a missing span are kept, and told."""
    spans = [span(1, None, "a", "root"), span(2, 99, "b", "stray", at=2)]
    logs = [record(1, "a", "lost", 77), record(3, "a", "outside", None)]

    top = build(Transaction(TRACE, spans, logs))

    assert outline(top) == ["1", "lost", "2", "outside"]
    stray = top[2]
    assert isinstance(stray, Node)
    assert stray.misplaced == "its parent 0000000000000063 is not stored"


def test_spans_in_a_ring_are_all_shown_once() -> None:
    """Spans that name each other as parent, or themselves, do not vanish and do not loop."""
    spans = [
        span(1, 2, "a", "x"),
        span(2, 3, "a", "y"),
        span(3, 1, "a", "z"),
        span(4, 4, "a", "me"),
    ]

    shown = outline(build(Transaction(TRACE, spans, [])))

    assert sorted(line.strip() for line in shown) == ["1", "2", "3", "4"]


def test_a_clock_behind_its_parent_is_noticed() -> None:
    """A child that starts before its parent shows how far the clocks differ."""
    top = build(Transaction(TRACE, [span(1, None, "a", "p", at=5), span(2, 1, "b", "c", at=3)], []))

    assert isinstance(top[0], Node)
    [child] = top[0].items
    assert isinstance(child, Node)
    assert (top[0].early_ns, child.early_ns) == (0, 2_000_000)


def test_a_very_deep_trace_is_walked() -> None:
    """Depth is limited by memory, not by Python's recursion."""
    spans = [span(1, None, "a", "s")] + [span(n, n - 1, "a", "s", at=n) for n in range(2, 3000)]

    assert len(outline(build(Transaction(TRACE, spans, [])))) == 2999


def test_every_item_of_the_order_is_placed() -> None:
    """Nothing is dropped on the way."""
    found = order()

    assert len(found.spans) + len(found.logs) == len(outline(build(found)))
