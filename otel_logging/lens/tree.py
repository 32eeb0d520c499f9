"""A transaction as a tree: spans under their parents, records under the span that wrote them.

What does not fit is kept and marked, never dropped: a span whose parent is not stored, a
record whose span is not stored, spans that name each other as parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from otel_logging.backends import LogRecord, Span, Transaction


@dataclass
class Node:
    """A span with what belongs under it.

    Attributes:
        span: The span.
        parent: The span above it; None at the top.
        misplaced: Why it is not under the parent that it names; None when it is.
        items: Its children and its records, in clock order.
    """

    span: Span
    parent: Span | None = None
    misplaced: str | None = None
    items: list[Item] = field(default_factory=list)

    @property
    def early_ns(self) -> int:
        """How far it starts before its parent, which only a wrong clock can explain."""
        if self.parent is None:
            return 0
        return max(0, self.parent.start_unix_nano - self.span.start_unix_nano)


Item: TypeAlias = Node | LogRecord


@dataclass(frozen=True)
class Placed:
    """An item with its place in the tree.

    Attributes:
        item: The span's node or the record.
        depth: Spans above it.
        rails: For each level between the top and its own, whether more spans follow on it.
        last: Whether no span follows beside it.
    """

    item: Item
    depth: int
    rails: tuple[bool, ...]
    last: bool


def build(transaction: Transaction) -> list[Item]:
    """Return what stands at the top, in clock order."""
    nodes = [Node(span) for span in transaction.spans]
    by_id: dict[str, Node] = {}
    for node in nodes:
        by_id.setdefault(node.span.span_id, node)
    top: list[Item] = []
    for node in nodes:
        node.misplaced = _place(node, by_id)
        if node.parent is None:
            top.append(node)
    for record in transaction.logs:
        writer = by_id.get(record.span_id or "")
        (top if writer is None else writer.items).append(record)
    for items in (top, *(node.items for node in nodes)):
        items.sort(key=time_of)
    return top


def walk(top: list[Item]) -> Iterator[Placed]:
    """Yield every item from top to bottom."""
    stack = [_placed(top, 0, ())]
    while stack:
        placed = next(stack[-1], None)
        if placed is None:
            stack.pop()
            continue
        yield placed
        if isinstance(placed.item, Node):
            # The top has no rail: nothing is drawn left of it.
            rails = (*placed.rails, not placed.last) if placed.depth else ()
            stack.append(_placed(placed.item.items, placed.depth + 1, rails))


def time_of(item: Item) -> int:
    """Return when an item starts, in Unix nanoseconds."""
    return item.span.start_unix_nano if isinstance(item, Node) else item.time_unix_nano


def _placed(items: list[Item], depth: int, rails: tuple[bool, ...]) -> Iterator[Placed]:
    spans = [index for index, item in enumerate(items) if isinstance(item, Node)]
    last_span = spans[-1] if spans else -1
    for index, item in enumerate(items):
        yield Placed(item, depth, rails, last=index >= last_span)


def _place(node: Node, by_id: dict[str, Node]) -> str | None:
    """Put a node under its parent, or return why that cannot be."""
    parent_id = node.span.parent_span_id
    if parent_id is None:
        return None
    above = by_id.get(parent_id)
    if above is None:
        return f"its parent {parent_id} is not stored"
    if _is_below(above, node, by_id):
        return f"its parent {parent_id} is below it"
    node.parent = above.span
    above.items.append(node)
    return None


def _is_below(above: Node, node: Node, by_id: dict[str, Node]) -> bool:
    """Tell whether placing `node` under `above` would close a ring."""
    current: Node | None = above
    while current is not None:
        if current is node:
            return True
        current = by_id.get(current.parent.span_id) if current.parent else None
    return False
