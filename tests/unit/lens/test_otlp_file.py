"""A transaction as a file, out and in again."""

from __future__ import annotations

import msgspec
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_logging.backends import Transaction
from otel_logging.lens.otlp_file import FileError, exported, imported
from otel_logging.store.otlp_json import parse_json
from tests.unit.lens.sample import TRACE, order, record, span


def test_a_transaction_survives_the_way_out_and_in() -> None:
    """Spans with events, links and status, records with structured bodies: all come back."""
    sent = order()

    back = imported(exported(sent))

    assert msgspec.to_builtins(back.spans) == [
        {**msgspec.to_builtins(one), "resource": {"service.name": one.service}}
        for one in sorted(sent.spans, key=lambda one: one.start_unix_nano)
    ]
    assert [one.body for one in back.logs] == [
        one.body for one in sorted(sent.logs, key=lambda one: one.time_unix_nano)
    ]
    assert [one.severity for one in back.logs][:3] == ["INFO", "INFO", "INFO"]


def test_values_of_every_type_survive() -> None:
    """Numbers stay numbers, lists lists, and nothing stays nothing."""
    values = {"a": 1, "b": 2.5, "c": True, "d": "x", "e": [1, "y"], "f": {"g": None}, "h": 2**60}
    sent = Transaction(TRACE, [span(1, None, "s", "n", attributes=values)], [])

    assert imported(exported(sent)).spans[0].attributes == values


def test_the_file_is_what_otlp_receivers_read() -> None:
    """Each signal's own message is parsed from the file by the intake's parser."""
    content = exported(order())
    spans, logs = ExportTraceServiceRequest(), ExportLogsServiceRequest()

    parse_json(content, spans)
    parse_json(content, logs)

    names = {
        one.name for block in spans.resource_spans for s in block.scope_spans for one in s.spans
    }
    assert "POST /orders" in names
    assert sum(len(s.log_records) for block in logs.resource_logs for s in block.scope_logs) == 9


def test_only_the_first_trace_of_a_file_is_shown() -> None:
    """Records of another trace do not get into it."""
    mixed = Transaction(TRACE, [span(1, None, "s", "n")], [record(0, "s", "own", 1)])
    document = msgspec.json.decode(exported(mixed))
    other = dict(document["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0], traceId="ab" * 16)
    document["resourceLogs"][0]["scopeLogs"][0]["logRecords"].append(other)

    assert [one.body for one in imported(msgspec.json.encode(document)).logs] == ["own"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b'{"resourceSpans": 1}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xy"}]}]}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "abcd", "spanId": "ab"}]}]}]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "1e99"}]}]}]}',
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "-1"}]}]}]}',
    ],
)
def test_what_is_no_transaction_is_refused(content: bytes) -> None:
    """Nothing but FileError comes out, whatever goes in."""
    with pytest.raises(FileError):
        imported(content)
