"""Errors in groups, services and who calls whom, metrics as plots."""

from __future__ import annotations

import time
from typing import Any

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from otel_logging.backends import Backend, MetricName, OverviewQuery
from otel_logging.lens.places import place_of
from otel_logging.lens.series import Series, measure, series_of
from otel_logging.lens.web.drawing.graph import graph_svg
from otel_logging.lens.web.drawing.plot import plot_svg
from otel_logging.lens.web.filters import AGES, Filter
from otel_logging.lens.web.render import Renderer

SMALL, LARGE = 56, 220
MOST_LINES = 24
FEW_POINTS, MANY_POINTS = 800, 10_000
"""The newest points that a small and a large plot are made of."""


class OverviewPages:
    """The pages that sum up."""

    def __init__(self, backend: Backend, render: Renderer) -> None:
        self._backend = backend
        self._render = render

    def routes(self) -> list[Route]:
        """Return the routes of all pages."""
        return [
            Route("/errors", self.errors),
            Route("/services", self.services),
            Route("/metrics", self.metrics),
            Route("/metrics/{name:path}", self.metric),
        ]

    def errors(self, request: Request) -> Response:
        """Answer with errors by service, type and place, the most frequent first."""
        asked = Filter.read(request.query_params)
        groups = self._backend.errors(asked.overview())
        return self._page(
            request,
            "errors.html",
            asked,
            groups=[(group, place_of(group.place)) for group in groups],
            total=sum(group.count for group in groups),
        )

    def services(self, request: Request) -> Response:
        """Answer with the service graph and a table of services."""
        asked = Filter.read(request.query_params)
        query = asked.overview()
        graph = self._backend.graph(query)
        first = min((node.first_ns for node in graph.nodes), default=0)
        last = max((node.last_ns for node in graph.nodes), default=0)
        seconds = max(1.0, (last - first) / 1e9)
        return self._page(
            request,
            "services.html",
            asked,
            graph=graph,
            drawn=graph_svg(graph, seconds),
            seconds=seconds,
            rows=self._backend.services(),
        )

    def metrics(self, request: Request) -> Response:
        """Answer with a small plot of each metric."""
        asked = Filter.read(request.query_params)
        query = asked.overview()
        names = self._backend.metric_names(query)
        newest = structs.replace(query, limit=FEW_POINTS)
        cards = [(name, *self._lines(name, newest)) for name in names]
        ends = _ends(query, [line for _, lines, _ in cards for line in lines])
        drawn = [
            (name, lines, unit, plot_svg(lines[:MOST_LINES], ends, SMALL, _label(name, lines)))
            for name, lines, unit in cards
        ]
        return self._page(request, "metrics.html", asked, cards=drawn, highest=highest)

    def metric(self, request: Request) -> Response:
        """Answer with one metric in large, and the latest value of each line."""
        asked = Filter.read(request.query_params)
        query = asked.overview()
        wanted = request.path_params["name"]
        known = {name.name: name for name in self._backend.metric_names(query)}
        if wanted not in known:
            message = f"no metric is called {wanted} in this range"
            return self._render.page(request, "error.html", 404, message=message)
        name = known[wanted]
        lines, unit = self._lines(name, structs.replace(query, limit=MANY_POINTS))
        ends = _ends(query, lines)
        drawn = plot_svg(lines[:MOST_LINES], ends, LARGE, _label(name, lines))
        return self._page(
            request,
            "metric.html",
            asked,
            name=name,
            lines=lines,
            unit=unit,
            drawn=drawn,
            ends=ends,
            most=MOST_LINES,
            highest=highest,
        )

    def _lines(self, name: MetricName, query: OverviewQuery) -> tuple[list[Series], str]:
        points = self._backend.metric(name.name, query)
        return series_of(points), measure(points[0]) if points else name.unit

    def _page(self, request: Request, template: str, asked: Filter, **context: Any) -> Response:
        names = [service.name for service in self._backend.services()]
        shared: dict[str, Any] = {"asked": asked, "ages": AGES, "services": names}
        answer = self._render.page(request, template, **shared, **context)
        if request.headers.get("HX-Request"):
            answer.headers["HX-Push-Url"] = asked.url(request.url.path)
        return answer


def _ends(query: OverviewQuery, lines: list[Series]) -> tuple[int, int]:
    times = [time_ns for line in lines for time_ns, _ in line.points]
    first = min(times, default=0) if query.since_ns is None else query.since_ns
    last = query.until_ns if query.until_ns is not None else time.time_ns()
    # Where nothing is older than a part of the range, the plot starts with what there is.
    return max(first, min(times, default=first)), max(times, default=last)


def highest(lines: list[Series]) -> float:
    """Return the value at the top of a plot."""
    return max((value for line in lines for _, value in line.points), default=0.0)


def _label(name: MetricName, lines: list[Series]) -> str:
    return f"{name.name} over time, {len(lines)} lines"
