"""Log records over Loki's HTTP API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from otel_logging.backends.interface import BackendError
from otel_logging.backends.loki_tempo.lines import Lines, Texts
from otel_logging.backends.loki_tempo.range import Range
from otel_logging.backends.loki_tempo.source import Source
from otel_logging.backends.types import LogRecord

PAGE = 5000
"""Lines asked for at once: the most that Loki gives by default."""


class Question(NamedTuple):
    """Which lines are wanted, in which order, and how many at once."""

    logql: str
    within: Range
    newest_first: bool = False
    at_once: int = PAGE


class Loki:
    """Asks one Loki."""

    def __init__(self, url: str) -> None:
        # Without it, the labels of the stream and what is kept of the line come in one heap.
        headers = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
        self._source = Source("Loki", url, headers)

    def records(self, question: Question, lines: Lines) -> Iterator[LogRecord]:
        """Yield what is found, by time and `log.record.uid`, each record once."""
        seen: set[str | None] = set()
        while question.within.since_ns <= question.within.until_ns:
            page = self._page(question, lines)
            for record in page:
                if record.uid not in seen:
                    seen.add(record.uid)
                    yield record
            if len(page) < question.at_once:
                return
            question = _after(question, page)

    def counts(self, logql: str, seconds: int, by: str) -> dict[str, int]:
        """Return the number of lines in the last so many seconds, by the values of a label."""
        query = f"sum by ({by}) (count_over_time({logql} [{seconds}s]))"
        found = self._ask("/loki/api/v1/query", query=query)
        return {one["metric"].get(by, ""): int(float(one["value"][1])) for one in found}

    def close(self) -> None:
        """Close the connections."""
        self._source.close()

    def _page(self, question: Question, lines: Lines) -> list[LogRecord]:
        streams = self._ask(
            "/loki/api/v1/query_range",
            query=question.logql,
            start=question.within.since_ns,
            end=question.within.until_ns + 1,
            limit=question.at_once,
            direction="backward" if question.newest_first else "forward",
        )
        found = (
            lines.record(int(at), line, *_labels(stream["stream"], told))
            for stream in streams
            for at, line, *told in stream["values"]
        )
        forward = -1 if question.newest_first else 1
        return sorted(found, key=lambda record: (forward * record.time_unix_nano, record.uid or ""))

    def _ask(self, path: str, **params: str | int) -> list[Any]:
        response = self._source.get(path, params)
        try:
            found: list[Any] = msgspec.json.decode(response.content)["data"]["result"]
        except (msgspec.DecodeError, UnicodeError, KeyError, TypeError) as error:
            raise BackendError(f"{self._source.where} is not a Loki: {error}") from error
        return found


def _after(question: Question, page: list[LogRecord]) -> Question:
    """Return the question for the next page.

    It begins with the time at which this one ends, since more records may have that time; where
    all of the page has it, Loki gives no way to the rest.
    """
    last = page[-1].time_unix_nano
    step = int(page[0].time_unix_nano == last)
    since, until = question.within
    within = Range(since, last - step) if question.newest_first else Range(last + step, until)
    return question._replace(within=within)


def _labels(stream: Texts, told: list[dict[str, Texts]]) -> tuple[Texts, Texts]:
    """Return the labels of the stream, and what is kept of the line."""
    if told:
        return stream, told[0].get("structuredMetadata", {})
    # A proxy that drops our header gets both in one heap.
    return {}, stream
