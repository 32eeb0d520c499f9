"""A transaction whose every edge is known, and what a drawing of it says."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, NamedTuple

from otel_logging.backends import Link, LogRecord, Span, Status, Transaction
from otel_logging.backends.times import rfc3339

MS = 1_000_000
FAILED = Status("ERROR", "timeout")


class Known(NamedTuple):
    """A span: its name stands for it."""

    name: str
    parent: str | None
    service: str
    kind: str
    at: int
    ms: int
    status: Status = Status()
    links: tuple[str, ...] = ()


SPANS = (
    Known("POST /orders", None, "gateway", "SERVER", 0, 60, links=("stranger",)),
    Known("POST to events", "POST /orders", "gateway", "CLIENT", 2, 50),
    Known("POST /events", "POST to events", "event-service", "SERVER", 4, 46),
    # Fan-out: three messages, processed in parallel.
    Known("send stock", "POST /events", "event-service", "PRODUCER", 10, 3),
    Known("send invoice", "POST /events", "event-service", "PRODUCER", 14, 3),
    Known("send mail", "POST /events", "event-service", "PRODUCER", 18, 3),
    Known("process stock", "send stock", "event-service", "CONSUMER", 20, 90),
    Known("process invoice", "send invoice", "event-service", "CONSUMER", 21, 80, FAILED),
    Known("process mail", "send mail", "event-service", "CONSUMER", 22, 70),
    Known("GET user", "process mail", "event-service", "CLIENT", 30, 40),
    Known("GET /users/{id}", "GET user", "auth-service", "SERVER", 32, 30),
    # A retry by the client, one through the broker, and the end among dead letters.
    Known("charge one", "process invoice", "event-service", "CLIENT", 25, 20, FAILED),
    Known("charge two", "process invoice", "event-service", "CLIENT", 50, 20, FAILED),
    Known("send to retry", "process invoice", "event-service", "PRODUCER", 95, 2),
    Known("process again", "send to retry", "event-service", "CONSUMER", 120, 30, FAILED),
    Known("send to dead letters", "process again", "event-service", "PRODUCER", 145, 2),
    Known(
        "process dead letter",
        "send to dead letters",
        "gateway",
        "CONSUMER",
        150,
        5,
        links=("send invoice",),
    ),
)
RECORDS = (
    ("POST /orders", "order taken"),
    ("process stock", "stock reserved"),
    ("charge two", "no answer, giving up"),
    ("process again", "given up"),
    ("process dead letter", "a person has to look"),
)
EDGES = {(one.parent, one.name) for one in SPANS}
"""Every span under its parent; the root's is None."""
WRITTEN = set(RECORDS)
"""Every record under the span that wrote it."""
LINKS = {(one.name, link) for one in SPANS for link in one.links}


@dataclass
class Truth:
    """The transaction with IDs of its own, of a minute ago."""

    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))
    start_ns: int = field(default_factory=lambda: time.time_ns() - 60 * 10**9)

    def __post_init__(self) -> None:
        self.ids = {one.name: secrets.token_hex(8) for one in SPANS} | {
            "stranger": secrets.token_hex(8)
        }
        self.names = {number: name for name, number in self.ids.items()}

    @property
    def transaction(self) -> Transaction:
        """All of it."""
        logs = [self._record(writer, body) for writer, body in RECORDS]
        return Transaction(self.trace_id, [self._span(one) for one in SPANS], logs)

    def _span(self, one: Known) -> Span:
        start = self.start_ns + one.at * MS
        return Span(
            trace_id=self.trace_id,
            span_id=self.ids[one.name],
            parent_span_id=self.ids[one.parent] if one.parent else None,
            name=one.name,
            kind=one.kind,
            service=one.service,
            scope="truth",
            start_unix_nano=start,
            end_unix_nano=start + one.ms * MS,
            status=one.status,
            links=[self._link(name) for name in one.links],
        )

    def _link(self, name: str) -> Link:
        trace_id = "5" * 32 if name == "stranger" else self.trace_id
        return Link(trace_id, self.ids[name])

    def _record(self, writer: str, body: str) -> LogRecord:
        by = next(one for one in SPANS if one.name == writer)
        return LogRecord(
            timestamp=rfc3339(self.start_ns + (by.at + 1) * MS),
            severity="INFO",
            body=body,
            service=by.service,
            scope="truth",
            trace_id=self.trace_id,
            span_id=self.ids[writer],
            attributes={"log.record.uid": secrets.token_hex(16)},
        )


class Drawn(NamedTuple):
    """What a drawing says."""

    edges: set[tuple[str | None, str]]
    written: set[tuple[str, str]]
    links: set[tuple[str, str]]


@dataclass
class Reading:
    """Reads lines from top to bottom: what is above a line is the last one that is less deep."""

    truth: Truth
    above: list[str] = field(default_factory=list)
    drawn: Drawn = field(default_factory=lambda: Drawn(set(), set(), set()))

    def span(self, depth: int, text: str) -> None:
        """A span's line."""
        name = _only([one.name for one in SPANS if f" {one.name} " in f" {text} "], text)
        del self.above[depth:]
        assert len(self.above) == depth, text
        self.drawn.edges.add((self.above[-1] if self.above else None, name))
        self.above.append(name)

    def record(self, depth: int, text: str) -> None:
        """A record's line."""
        body = _only([body for _, body in RECORDS if body in text], text)
        self.drawn.written.add((self.above[depth - 1], body))

    def link(self, span_id: str) -> None:
        """A link of the last span."""
        self.drawn.links.add((self.above[-1], self.truth.names[span_id]))


def of_terminal(truth: Truth, printed: str) -> Drawn:
    """Read what `otel-logging trace ID` prints."""
    reading = Reading(truth)
    lines = printed.splitlines()
    start = next(number for number, line in enumerate(lines) if not line.strip())
    for line in lines[start + 1 :]:
        rails = re.match(r"[│├└─ ]*", line)
        assert rails
        if found := re.search(r"↔ linked to span ([0-9a-f]{16})", line):
            reading.link(found[1])
        elif "─ " in rails[0] or not rails[0]:
            reading.span(len(rails[0]) // 3, line[rails.end() :])
        elif any(body in line for _, body in RECORDS):
            # A record stands beside the rail of its span's children.
            reading.record(len(rails[0]) // 3, line)
    return reading.drawn


def of_page(truth: Truth, html: str) -> Drawn:
    """Read the page of a transaction."""
    page = _Page(Reading(truth))
    page.feed(html)
    return page.reading.drawn


class _Page(HTMLParser):
    """Takes from a page the depth and the text of each line, and the links."""

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self.reading = reading
        self._kind: str | None = None
        self._in_tree = False
        self._depth = 0
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        names = (given.get("class") or "").split()
        if tag == "details" and {"span", "record"} & set(names):
            self._kind = "span" if "span" in names else "record"
        elif tag == "span" and "tree" in names and self._kind:
            self._in_tree, self._depth, self._text = True, 0, ""
        elif tag == "span" and "length" in names and self._in_tree:
            self._in_tree = False
            told = " ".join(self._text.split())
            {"span": self.reading.span, "record": self.reading.record}[self._kind or ""](
                self._depth, told
            )
        elif tag == "i" and self._in_tree:
            self._depth += 1
        elif tag == "a" and (found := re.search(r"#span-([0-9a-f]{16})$", given.get("href") or "")):
            self._link(given["href"], found[1])

    def handle_data(self, data: str) -> None:
        if self._in_tree:
            self._text += data

    def _link(self, href: str, span_id: str) -> None:
        # What is a link within the page only leads to the span itself.
        if href.startswith("/traces/") and self._kind == "span":
            self.reading.link(span_id)


def _only(found: list[str], text: str) -> str:
    assert len(found) == 1, f"{found} in {text!r}"
    return found[0]
