"""Spans, redacted before they are exported."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.util import BoundedList
from opentelemetry.trace import Link, SpanContext, Status, TraceState

from otel_logging.redaction.active import ActiveEngine
from otel_logging.redaction.engine import Engine
from otel_logging.redaction.exporters.surroundings import Surroundings


class RedactingSpanExporter(SpanExporter):
    """Exports redacted copies of spans: names, attributes, events, links, status, trace state."""

    def __init__(self, exporter: SpanExporter, active: ActiveEngine) -> None:
        self._exporter = exporter
        self._active = active

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Redact and export; FAILURE when the batch could not be redacted."""
        engine = self._active.current
        try:
            with self._active.in_use() as engine:
                redacted = _redacted_spans(engine, spans)
        except Exception:  # noqa: BLE001
            engine.counts.fail()
            return SpanExportResult.FAILURE
        return self._exporter.export(redacted)

    def shutdown(self) -> None:
        """Shut the wrapped exporter down."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the wrapped exporter, within ``timeout_millis`` milliseconds."""
        return self._exporter.force_flush(timeout_millis)


@dataclass(slots=True)
class _Part:
    """What the engine redacts of a span, an event or a link: its texts and its attributes.

    The body is the first text alone where there is no other, which is quicker to search.
    """

    body: Any
    attributes: Any
    event_name: str | None = None

    def text(self, index: int) -> str:
        """A redacted text; of a part that could not be redacted the first is a placeholder."""
        if isinstance(self.body, list):
            return str(self.body[index])
        return "" if index else str(self.body)


def _redacted_spans(engine: Engine, spans: Sequence[ReadableSpan]) -> list[ReadableSpan]:
    """Redacted copies; all texts of the batch are searched in chunks."""
    taken = [_Parts.of(span) for span in spans]
    flat = [part for parts in taken for part in parts.all()]
    for start in range(0, len(flat), 256):
        engine.records(flat[start : start + 256])
    surroundings = Surroundings(engine)
    return [_rebuilt(span, parts, surroundings) for span, parts in zip(spans, taken, strict=True)]


class _Parts(NamedTuple):
    """A span's own part, and its events and links, each with its part."""

    own: _Part
    events: list[tuple[Event, _Part]]
    links: list[tuple[Link, _Part]]

    @classmethod
    def of(cls, span: ReadableSpan) -> Self:
        """Take a span apart."""
        description, state = span.status.description, _state(span.context)
        texts = [span.name, description or "", state] if description or state else span.name
        return cls(
            _Part(texts, _plain(span.attributes)),
            [(each, _Part(each.name, _plain(each.attributes))) for each in span.events],
            [(each, _Part(_state(each.context), _plain(each.attributes))) for each in span.links],
        )

    def all(self) -> Iterator[_Part]:
        """Everything that is to be redacted."""
        yield self.own
        for _, part in (*self.events, *self.links):
            yield part


def _state(context: SpanContext | None) -> str:
    """The trace state as it is sent; most have none."""
    return context.trace_state.to_header() if context and context.trace_state else ""


def _plain(attributes: Any) -> Any:
    """Attributes as a dict, which is quicker to walk and to encode than `BoundedAttributes`."""
    # `dict(attributes)` would look up every key by a method written in Python.
    return attributes.copy() if hasattr(attributes, "copy") else dict(attributes or {})


def _rebuilt(span: ReadableSpan, parts: _Parts, surroundings: Surroundings) -> ReadableSpan:
    own, description = parts.own, parts.own.text(1) or None
    status = span.status
    if status.description != description:
        status = Status(status.status_code, description)
    return ReadableSpan(
        name=own.text(0),
        context=span.context and _context(span.context, own.text(2)),
        parent=span.parent,
        resource=surroundings.resource(span.resource),
        attributes=_attributes(span.dropped_attributes, own.attributes),
        events=_bounded(
            [
                Event(
                    part.text(0),
                    _attributes(event.dropped_attributes, part.attributes),
                    event.timestamp,
                )
                for event, part in parts.events
            ],
            span.dropped_events,
        ),
        links=_bounded(
            [
                Link(
                    _context(link.context, part.text(0)),
                    _attributes(link.dropped_attributes, part.attributes),
                )
                for link, part in parts.links
            ],
            span.dropped_links,
        ),
        kind=span.kind,
        status=status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope
        and surroundings.scope(span.instrumentation_scope),
    )


def _context(context: SpanContext, state: str) -> SpanContext:
    """The span context, without its trace state when that held a secret."""
    if _state(context) == state:
        return context
    return SpanContext(
        context.trace_id, context.span_id, context.is_remote, context.trace_flags, TraceState()
    )


def _attributes(dropped: int, redacted: dict[str, Any]) -> Mapping[str, Any]:
    """Redacted attributes that still tell how many were dropped by a limit."""
    if not dropped:
        return redacted
    result = BoundedAttributes(attributes=redacted)
    result.dropped += dropped
    return result


def _bounded(items: list[Any], dropped: int) -> Sequence[Any]:
    if not dropped:
        return items
    result: BoundedList[Any] = BoundedList.from_seq(None, items)
    result.dropped = dropped
    return result
