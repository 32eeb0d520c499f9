"""The critical path: what a transaction's end waited for, moment by moment.

Going back from the end, at each moment it is the span that ended last before it, and within a
span the child that ended last. What is left of a span between such children is its own share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from otel_logging.lens.tree import Item, Node

Shares: TypeAlias = dict[str, list[tuple[int, int]]]
"""By span ID the times, in Unix nanoseconds, at which the span itself is on the path."""


@dataclass(frozen=True)
class _Visit:
    """A span to go through backwards, from a moment on."""

    node: Node
    until_ns: int


def critical_path(top: Sequence[Item]) -> Shares:
    """Return the critical path through the spans of a tree."""
    roots = _spans(top)
    ends = _ends(roots)
    shares: Shares = defaultdict(list)
    visits = _chain(roots, max((ends[id(root)] for root in roots), default=0), ends)
    while visits:
        visit = visits.pop()
        below = _chain(_spans(visit.node.items), visit.until_ns, ends)
        _own(visit, below, ends, shares)
        visits.extend(below)
    return {span_id: sorted(times) for span_id, times in shares.items()}


def _own(visit: _Visit, below: list[_Visit], ends: dict[int, int], shares: Shares) -> None:
    """Note the parts of a span that no child on the path covers."""
    span = visit.node.span
    until = min(visit.until_ns, span.end_unix_nano)
    for child in below:
        _note(shares, span.span_id, min(ends[id(child.node)], child.until_ns), until)
        until = min(until, child.node.span.start_unix_nano)
    _note(shares, span.span_id, span.start_unix_nano, until)


def _note(shares: Shares, span_id: str, start_ns: int, end_ns: int) -> None:
    if start_ns < end_ns:
        shares[span_id].append((start_ns, end_ns))


def _chain(nodes: list[Node], until_ns: int, ends: dict[int, int]) -> list[_Visit]:
    """Return the spans that follow one another up to a moment, the last one first."""
    chain: list[_Visit] = []
    for node in sorted(nodes, key=lambda node: min(ends[id(node)], until_ns), reverse=True):
        if node.span.start_unix_nano < until_ns:
            end = min(ends[id(node)], until_ns)
            if chain and end > chain[-1].node.span.start_unix_nano:
                continue
            chain.append(_Visit(node, end))
    return chain


def _ends(roots: list[Node]) -> dict[int, int]:
    """Return for each node when the last span of its subtree ends."""
    order = list(roots)
    for node in order:
        order.extend(_spans(node.items))
    ends: dict[int, int] = {}
    for node in reversed(order):
        below = [ends[id(child)] for child in _spans(node.items)]
        ends[id(node)] = max([node.span.end_unix_nano, *below])
    return ends


def _spans(items: Sequence[Item]) -> list[Node]:
    return [item for item in items if isinstance(item, Node)]
