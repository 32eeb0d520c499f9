"""The lines left of the tree that show what stands under what."""

from __future__ import annotations

from otel_logging.lens.tree import Node, Placed

CUT = "⋯ "


def branch(placed: Placed, limit: int) -> str:
    """Return what stands before a span's label."""
    if not placed.depth:
        return ""
    return _cut(_above(placed) + ("└─ " if placed.last else "├─ "), limit)


def beside(placed: Placed, limit: int) -> str:
    """Return what stands before a record, or before what is said below a span's label."""
    rail = _rail(not placed.last) if placed.depth else ""
    if isinstance(placed.item, Node):
        rail += _rail(any(isinstance(item, Node) for item in placed.item.items))
    return _cut(_above(placed) + rail, limit)


def _above(placed: Placed) -> str:
    return "".join(_rail(more) for more in placed.rails)


def _rail(more: bool) -> str:  # noqa: FBT001 the rail is drawn or not
    return "│  " if more else "   "


def _cut(text: str, limit: int) -> str:
    """Keep the end of a prefix that would leave no room for the label."""
    return text if len(text) <= limit else CUT + text[len(text) - limit + len(CUT) :]
