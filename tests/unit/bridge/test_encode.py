"""The hand-written encoding is what the official one is, byte for byte once decoded."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from otel_logging.bridge import encode
from otel_logging.bridge.record import Record

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
SCALARS = st.one_of(
    TEXT,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=200),
    st.none(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def records(draw):
    """Records of every shape that the pipeline makes."""
    record = Record()
    record.scope = draw(TEXT)
    record.timestamp = draw(st.integers(0, 2**64 - 1))
    record.observed_timestamp = draw(st.integers(0, 2**64 - 1))
    record.severity_number = draw(st.integers(0, 24))
    record.severity_text = draw(TEXT)
    record.body = draw(VALUES)
    record.attributes = draw(st.dictionaries(TEXT.filter(bool), VALUES, max_size=6))
    record.event_name = draw(st.none() | TEXT.filter(bool))
    traced = draw(st.booleans())
    record.trace_id = draw(st.integers(1, 2**128 - 1)) if traced else 0
    record.span_id = draw(st.integers(1, 2**64 - 1)) if traced else 0
    record.trace_flags = draw(st.integers(0, 3)) if traced else 0
    return record


def official(record, resource):
    """The same record through OpenTelemetry's own encoder."""
    span_context = SpanContext(
        record.trace_id, record.span_id, is_remote=False, trace_flags=TraceFlags(record.trace_flags)
    )
    return ReadableLogRecord(
        log_record=LogRecord(
            timestamp=record.timestamp,
            observed_timestamp=record.observed_timestamp,
            context=set_span_in_context(NonRecordingSpan(span_context)),
            severity_number=SeverityNumber(record.severity_number),
            severity_text=record.severity_text,
            body=record.body,
            attributes=record.attributes,
            event_name=record.event_name,
        ),
        resource=resource,
        instrumentation_scope=InstrumentationScope(record.scope),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(records(), min_size=1, max_size=4), st.dictionaries(TEXT.filter(bool), TEXT))
def test_it_is_the_official_encoding(batch, attributes):
    """Thousands of generated records, decoded by the official protobufs."""
    resource = Resource(attributes)
    ours = ExportLogsServiceRequest.FromString(
        encode.request(
            encode.resource(resource.attributes),
            [(record.scope, encode.log_record(record)) for record in batch],
        )
    )
    theirs = encode_logs([official(record, resource) for record in batch])

    assert theirs == ours


def random_value(chooser, depth=3):
    """A value of any shape; cheap, so that many can be tried."""
    makers = [
        lambda: chooser.choice(["", "text", "한글 ✓", "x" * 200, "\x00"]),
        lambda: chooser.choice([0, -1, 127, 128, 2**63 - 1, -(2**63), chooser.getrandbits(40)]),
        lambda: chooser.choice([0.0, -1.5, 1e308, chooser.random()]),
        lambda: chooser.choice([True, False, None, b"", chooser.randbytes(9)]),
    ]
    if depth:
        makers += [
            lambda: [random_value(chooser, depth - 1) for _ in range(chooser.randrange(4))],
            lambda: {
                chooser.choice("abcdef"): random_value(chooser, depth - 1)
                for _ in range(chooser.randrange(4))
            },
        ]
    return chooser.choice(makers)()


def random_record(chooser):
    """A record of any shape."""
    record = Record()
    record.scope = chooser.choice(["a", "b.c", ""])
    record.timestamp = chooser.getrandbits(63)
    record.observed_timestamp = chooser.getrandbits(63)
    record.severity_number = chooser.randrange(25)
    record.severity_text = chooser.choice(["INFO", "", "Level 25"])
    record.body = random_value(chooser)
    record.attributes = {f"k{n}": random_value(chooser) for n in range(chooser.randrange(6))}
    record.event_name = chooser.choice([None, "auth.login"])
    traced = chooser.random() < 0.5
    record.trace_id = chooser.getrandbits(128) | 1 if traced else 0
    record.span_id = chooser.getrandbits(64) | 1 if traced else 0
    record.trace_flags = chooser.randrange(4) if traced else 0
    return record


def test_five_thousand_records_are_the_official_ones():
    """Scopes mixed within a request."""
    chooser = random.Random(7)
    resource = Resource({"service.name": "x", "list": ["a", "b"]})
    for _ in range(50):
        batch = [random_record(chooser) for _ in range(100)]
        ours = encode.request(
            encode.resource(resource.attributes),
            [(record.scope, encode.log_record(record)) for record in batch],
        )
        theirs = encode_logs([official(record, resource) for record in batch])

        assert theirs == ExportLogsServiceRequest.FromString(ours)


@pytest.mark.parametrize("size", [0, 127, 128, 16_383, 16_384, 3_000_000])
def test_lengths_of_every_size(size):
    """One, two, three and four bytes of length."""
    request = encode.request(b"", [("s" * size, b"")])
    decoded = ExportLogsServiceRequest.FromString(request)

    assert size == len(decoded.resource_logs[0].scope_logs[0].scope.name)


def test_what_protobuf_cannot_carry_is_written_in_another_way():
    """A lone surrogate as its escape, a huge integer as text, NaN as it is."""
    record = Record()
    record.scope, record.severity_text, record.severity_number = "s", "INFO", 9
    record.timestamp = record.observed_timestamp = 1
    record.trace_id = record.span_id = record.trace_flags = 0
    record.event_name = None
    record.body = "\udcff"
    record.attributes = {"huge": 2**64, "nan": math.nan, "\udcff": [2**70], "set": {1}}
    request = encode.request(b"", [("s", encode.log_record(record))])
    (decoded,) = ExportLogsServiceRequest.FromString(request).resource_logs[0].scope_logs
    log = decoded.log_records[0]
    values = {each.key: each.value for each in log.attributes}

    assert log.body.string_value == "\\udcff"
    assert str(2**64) == values["huge"].string_value
    assert math.isnan(values["nan"].double_value)
    assert str(2**70) == values["\\udcff"].array_value.values[0].string_value
    assert values["set"].array_value.values[0].int_value == 1
