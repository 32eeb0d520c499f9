"""OTLP JSON means the same as OTLP Protobuf."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_logging.store.errors import RefusedRequestError
from otel_logging.store.otlp_json import ID_FIELDS, parse_json
from tests.store import otlp

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | text
    | st.binary(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
attributes = st.dictionaries(text | st.sampled_from(sorted(ID_FIELDS)), values, max_size=4)
times = st.integers(0, 2**64 - 1)


def as_otlp_json(message: Any) -> bytes:
    """Return a message as its specification's JSON: IDs in hex, enums as numbers."""
    document = MessageToDict(message, use_integers_for_enums=True)
    for name, raw in _ids(message):
        document = _replace(document, name, raw)
    return json.dumps(document).encode()


def _ids(message: Any) -> list[tuple[str, bytes]]:
    record = (
        message.resource_logs[0].scope_logs[0].log_records[0]
        if isinstance(message, ExportLogsServiceRequest)
        else message.resource_spans[0].scope_spans[0].spans[0]
    )
    found = [("traceId", record.trace_id), ("spanId", record.span_id)]
    if hasattr(record, "parent_span_id"):
        found.append(("parentSpanId", record.parent_span_id))
    return found


def _replace(document: Any, name: str, raw: bytes) -> Any:
    if isinstance(document, list):
        return [_replace(item, name, raw) for item in document]
    if isinstance(document, dict):
        return {
            key: raw.hex() if key == name and isinstance(item, str) else _replace(item, name, raw)
            for key, item in document.items()
        }
    return document


@given(body=values, attributes=attributes, at=times, trace=st.binary(min_size=16, max_size=16))
def test_a_log_record_is_the_same_in_json(
    body: Any, attributes: dict[str, Any], at: int, trace: bytes
) -> None:
    """A record parsed from JSON equals the record that Protobuf carries."""
    record = otlp.log(body, at, attributes=attributes, trace_id=trace, span_id=b"\1" * 8)
    request = otlp.logs(record)

    parsed = ExportLogsServiceRequest()
    parse_json(as_otlp_json(request), parsed)

    assert request == parsed


@given(attributes=attributes, span_id=st.binary(min_size=8, max_size=8), kind=st.integers(0, 5))
def test_a_span_is_the_same_in_json(attributes: dict[str, Any], span_id: bytes, kind: int) -> None:
    """A span parsed from JSON equals the span that Protobuf carries."""
    one = otlp.span(
        b"\2" * 16, span_id, 5, attributes=attributes, kind=kind, parent_span_id=b"\3" * 8
    )
    request = otlp.traces(one)

    parsed = ExportTraceServiceRequest()
    parse_json(as_otlp_json(request), parsed)

    assert request == parsed


def test_numbers_may_be_strings_and_unknown_fields_are_ignored() -> None:
    """64-bit integers come as strings, IDs in any case; fields of a later version do no harm."""
    document = {
        "resourceLogs": [
            {
                "scopeLogs": [
                    {"logRecords": [{"timeUnixNano": "7", "traceId": "AB" * 16, "later": {}}]}
                ]
            }
        ]
    }

    parsed = ExportLogsServiceRequest()
    parse_json(json.dumps(document).encode(), parsed)

    record = parsed.resource_logs[0].scope_logs[0].log_records[0]
    assert (record.time_unix_nano, record.trace_id) == (7, b"\xab" * 16)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b'"\\ud800"',
        b"[" * 100_000,
        b'{"resourceLogs": 3}',
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"traceId": "xyz"}]}]}]}',
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "x"}]}]}]}',
        b'{"resourceLogs": [{"schemaUrl": "\\ud800"}]}',
    ],
)
def test_what_is_not_otlp_json_is_refused(body: bytes) -> None:
    """A malformed body is the sender's error, whatever is wrong with it."""
    with pytest.raises(RefusedRequestError) as caught:
        parse_json(body, ExportLogsServiceRequest())

    assert caught.value.status == 400
