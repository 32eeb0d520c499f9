"""The service graph, in columns from who is only asked to who only answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from otel_logging.backends import GraphEdge, GraphNode, ServiceGraph
from otel_logging.backends.times import duration
from otel_logging.lens.web.addresses import address
from otel_logging.lens.web.drawing.svg import drawing, element

WIDTH, HEIGHT = 176, 62
ACROSS, DOWN = 310, 124
STAGGER = 92
MARGIN = 24


@dataclass(frozen=True)
class Box:
    """Where a service is drawn."""

    x: float
    y: float

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + HEIGHT / 2


def graph_svg(graph: ServiceGraph, seconds: float) -> Markup:
    """Return the graph; rates are over so many seconds."""
    nodes = {node.service: node for node in graph.nodes}
    names = dict.fromkeys([*nodes, *(edge.caller for edge in graph.edges)])
    boxes = placed(list(names), graph.edges)
    width = max((box.x for box in boxes.values()), default=0) + WIDTH + MARGIN * 2
    height = max((box.y for box in boxes.values()), default=0) + HEIGHT + MARGIN * 2
    shapes = [_edge(edge, boxes, seconds) for edge in graph.edges]
    shapes += [_box(name, nodes.get(name), boxes[name], seconds) for name in names]
    label = "Services and calls: " + "; ".join(
        f"{edge.caller} to {edge.service}" for edge in graph.edges
    )
    return drawing(
        _arrow(),
        *shapes,
        label=label,
        class_="graph",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
    )


def placed(names: Sequence[str], edges: Sequence[GraphEdge]) -> dict[str, Box]:
    """Return a box for each service: callers left of whom they call, as far as rings allow."""
    column = dict.fromkeys(names, 0)
    forward = _without_rings(names, edges)
    for _ in names:
        for caller, service in forward:
            column[service] = max(column[service], column[caller] + 1)
    rows: dict[int, int] = {}
    boxes = {}
    for name in sorted(names, key=lambda name: (column[name], name)):
        row = rows.get(column[name], 0)
        rows[column[name]] = row + 1
        # Each column stands lower than the one before, so no edge hides behind a box.
        y = MARGIN * 2 + row * DOWN + (column[name] % 2) * STAGGER
        boxes[name] = Box(MARGIN + column[name] * ACROSS, y)
    return boxes


def _without_rings(names: Sequence[str], edges: Sequence[GraphEdge]) -> list[tuple[str, str]]:
    """Return the edges that close no ring, requests before messages."""
    kept: list[tuple[str, str]] = []
    for edge in sorted(edges, key=lambda edge: (edge.by_message, -edge.calls)):
        if edge.caller != edge.service and not _reaches(edge.service, edge.caller, kept, names):
            kept.append((edge.caller, edge.service))
    return kept


def _reaches(start: str, goal: str, edges: Sequence[tuple[str, str]], names: Sequence[str]) -> bool:
    known = {start}
    for _ in names:
        known |= {service for caller, service in edges if caller in known}
    return goal in known


def _arrow() -> Markup:
    def tip(kind: str) -> Markup:
        path = element("path", d="M0 0 L8 4 L0 8 z", class_=f"tip {kind}")
        return element(
            "marker",
            path,
            id=f"tip-{kind}",
            viewBox="0 0 8 8",
            refX=7.5,
            refY=4,
            markerWidth=7,
            markerHeight=7,
            orient="auto-start-reverse",
        )

    return element("defs", tip("fine"), tip("failed"))


def _box(name: str, node: GraphNode | None, box: Box, seconds: float) -> Markup:
    failed = node is not None and node.errors > 0
    lines = [element("tspan", name, x=box.x + 12, y=box.y + 22, class_="name")]
    if node is not None:
        rate = f"{_rate(node.calls, seconds)} · p95 {duration(node.p95_ns)}"
        lines.append(element("tspan", rate, x=box.x + 12, y=box.y + 39))
        told = f"{100 * node.errors / max(1, node.calls):.2g} % errors" if failed else "no errors"
        kind = "failed" if failed else None
        lines.append(element("tspan", told, x=box.x + 12, y=box.y + 52, class_=kind))
    shape = element(
        "rect",
        x=box.x,
        y=box.y,
        width=WIDTH,
        height=HEIGHT,
        rx=4,
        class_="node failed" if failed else "node",
    )
    return element(
        "a",
        shape,
        element("text", *lines),
        href=address("/traces", {"service": name}),
    )


def _edge(edge: GraphEdge, boxes: dict[str, Box], seconds: float) -> Markup:
    start, end = boxes[edge.caller], boxes[edge.service]
    kind = "failed" if edge.errors else "fine"
    path, x, y = _curve(start, end, by_message=edge.by_message)
    line = element(
        "path",
        d=path,
        class_=f"edge {kind}" + (" message" if edge.by_message else ""),
        marker_end=f"url(#tip-{kind})",
    )
    text = f"{_rate(edge.calls, seconds)} · {duration(edge.p95_ns)}"
    told = f"{edge.caller} to {edge.service}: {edge.calls} calls, {edge.errors} failed"
    label = element("text", text, x=x, y=y, text_anchor="middle", class_="measure")
    return element("g", element("title", told), line, label)


def _curve(start: Box, end: Box, *, by_message: bool) -> tuple[str, float, float]:
    """Return the path of an edge, and where its label stands."""
    if start == end:
        x, y = start.x + WIDTH - 46, start.y + HEIGHT
        return f"M{x - 22} {y} C{x - 40} {y + 44} {x + 40} {y + 44} {x + 22} {y}", x, y + 48
    if end.x > start.x:
        x1, x2 = start.x + WIDTH, end.x
        y1, y2 = (
            (start.middle + 12, end.middle + 12)
            if by_message
            else (start.middle - 8, end.middle - 8)
        )
        bend = (x2 - x1) / 2
        path = f"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
        lift = 14 if by_message else -7
        return path, (x1 + x2) / 2, (y1 + y2) / 2 + lift
    x1, x2 = start.x + WIDTH / 2, end.x + WIDTH / 2
    y1, y2 = start.y + HEIGHT, end.y + HEIGHT
    low = max(y1, y2) + 46
    path = f"M{x1} {y1} C{x1} {low} {x2} {low} {x2} {y2}"
    return path, (x1 + x2) / 2, low - 4


def _rate(calls: int, seconds: float) -> str:
    rate = calls / max(seconds, 1)
    return f"{rate:.2g}/s" if rate >= 1 else f"{rate * 60:.2g}/min"
