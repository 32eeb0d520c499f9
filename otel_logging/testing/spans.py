"""Spans as they would have left: redacted, encoded for OTLP, and read back from those bytes."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from otel_logging.redaction import ActiveEngine, Engine, load_policy
from otel_logging.redaction.exporters import RedactingSpanExporter
from otel_logging.testing.secrets import refuse_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.sdk.trace import ReadableSpan

_CODES: Final = {
    Status.STATUS_CODE_UNSET: "UNSET",
    Status.STATUS_CODE_OK: "OK",
    Status.STATUS_CODE_ERROR: "ERROR",
}


class CapturedSpan(msgspec.Struct, frozen=True):
    """A span that ended.

    Attributes:
        kind: SERVER, CLIENT, PRODUCER, CONSUMER or INTERNAL.
        status: UNSET, OK or ERROR.
        events: Name and attributes of each.
        links: Trace ID and span ID of each.
    """

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    status: str
    status_message: str
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]
    links: list[tuple[str, str]]


class CapturedSpans(SpanExporter):
    """Spans that ended, in that order."""

    def __init__(self) -> None:
        self.spans: list[CapturedSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take spans by way of the bytes that would have been sent."""
        content = encode_spans(spans).SerializeToString()
        request = ExportTraceServiceRequest.FromString(content)
        self.spans += [
            _captured(span)
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return SpanExportResult.SUCCESS

    def assert_span(
        self, name: str, *, kind: str | None = None, status: str | None = None, **attributes: Any
    ) -> CapturedSpan:
        """Assert that a span ended, with these attributes among its own.

        Args:
            name: The span's name.
            kind: Its kind by name, if that matters.
            status: Its status by name, if that matters.
            **attributes: Attributes by name; a double underscore stands for a dot.

        Returns:
            The first such span.
        """
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        for span in self.spans:
            own = {key: span.attributes.get(key) for key in wanted}
            alike = kind in {None, span.kind} and status in {None, span.status}
            if span.name == name and alike and own == wanted:
                return span
        found = [(span.name, span.kind, span.status, span.attributes) for span in self.spans]
        raise AssertionError(
            f"no span {name!r} with {kind or 'any kind'}, {status or 'any status'}, {wanted}; "
            f"{found=}"
        )

    def assert_inside(self, record: Mapping[str, Any], name: str) -> CapturedSpan:
        """Assert that a record of `otel_logs` was written inside a span of a name; return it."""
        within = [span for span in self.spans if span.span_id == record["span_id"]]
        for span in within:
            if (span.name, span.trace_id) == (name, record["trace_id"]):
                return span
        found = [span.name for span in within]
        raise AssertionError(f"record {record['body']!r} is not inside span {name!r}; {found=}")

    def assert_one_trace(self, *names: str) -> str:
        """Assert that the spans of these names, all of them without names, are of one trace.

        Returns:
            Its trace ID.
        """
        missing = set(names) - {span.name for span in self.spans}
        assert not missing, f"no span {sorted(missing)}"
        found = {span.name: span.trace_id for span in self.spans if not names or span.name in names}
        traces = {span.trace_id for span in self.spans if span.name in found}
        assert len(traces) == 1, f"spans of {len(traces)} traces; {found=}"
        return traces.pop()

    def assert_absent(self, *secrets: str) -> None:
        """Assert that secrets stand nowhere, as they are or in base64 or hex.

        The error names the secret by its position and the span by its index, not by value.
        """
        texts = (json.dumps(msgspec.to_builtins(span), ensure_ascii=False) for span in self.spans)
        refuse_secrets(texts, secrets, "span")

    def clear(self) -> None:
        """Forget what ended so far."""
        self.spans.clear()


class _Current(SpanExporter):
    """Hands spans to whoever captures now: a provider cannot be rid of a processor."""

    def __init__(self) -> None:
        self.exporter: SpanExporter | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        exporter = self.exporter
        return SpanExportResult.SUCCESS if exporter is None else exporter.export(spans)


class _Processor(SimpleSpanProcessor):
    """The one processor of ours that a provider has."""

    def __init__(self) -> None:
        self.current = _Current()
        super().__init__(self.current)


@contextmanager
def captured_spans(policy: str | Path | None = None) -> Iterator[CapturedSpans]:
    """Capture the spans that end inside the block.

    The process's tracer provider also does what it does anyway; where there is none, one is set,
    and stays.

    Args:
        policy: Redaction policy file; by default the one in the package.
    """
    found = CapturedSpans()
    current, active = _processor().current, ActiveEngine(Engine(load_policy(policy)))
    before, current.exporter = current.exporter, RedactingSpanExporter(found, active)
    try:
        yield found
    finally:
        current.exporter = before


@pytest.fixture
def otel_spans() -> Iterator[CapturedSpans]:
    """Spans that end during the test."""
    with captured_spans() as spans:
        yield spans


def _processor() -> _Processor:
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        trace.set_tracer_provider(TracerProvider())
        provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider), f"{provider} is not OpenTelemetry's SDK"
    kept: _Processor | None = getattr(provider, "_otlog_testing", None)
    if kept is None:
        kept = _Processor()
        provider.add_span_processor(kept)
        provider._otlog_testing = kept  # type: ignore[attr-defined] # noqa: SLF001
    return kept


def _captured(span: Span) -> CapturedSpan:
    return CapturedSpan(
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex() or None,
        status=_CODES[span.status.code],
        status_message=span.status.message,
        attributes=_attributes(span.attributes),
        events=[(event.name, _attributes(event.attributes)) for event in span.events],
        links=[(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    match kind := value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_value(one) for one in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case "bytes_value":
            return value.bytes_value.hex()
        case _:
            return getattr(value, kind)
