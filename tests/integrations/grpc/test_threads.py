"""Calls over a real gRPC server with threads."""

from __future__ import annotations

import gc
import logging
import sys
import time

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from otel_logging.context import request_scope
from otel_logging.integrations.grpc.server import peer_address
from tests.integrations.conftest import Records
from tests.integrations.grpc.edge import assert_only_linked
from tests.integrations.grpc.orders import LIST, PLACE, TALK, UPLOAD, channel

tracer = trace.get_tracer("test")


@pytest.mark.usefixtures("spans")
def test_the_trace_survives_each_kind_of_call(records: Records) -> None:
    """Records in the handlers have the caller's trace and the call."""
    with channel() as opened, tracer.start_as_current_span("calling") as calling:
        assert opened.unary_unary(PLACE)(b"ab") == b"ab"
        assert list(opened.unary_stream(LIST)(b"ab")) == [b"0", b"1", b"2"]
        assert opened.stream_unary(UPLOAD)(iter([b"a", b"b"])) == b"ab"
        assert list(opened.stream_stream(TALK)(iter([b"a"]))) == [b"a"]

    inside = records.by("shop.orders")
    assert {record.trace_id for record in inside} == {f"{calling.get_span_context().trace_id:032x}"}
    assert [record.attributes["rpc.method"] for record in inside] == [
        one.lstrip("/") for one in (PLACE, LIST, UPLOAD, TALK)
    ]


@pytest.mark.parametrize(("request_", "logged"), [(b"fail", 1), (b"abort", 0)])
def test_an_exception_is_logged_once_and_an_abort_not_at_all(
    records: Records, spans: InMemorySpanExporter, request_: bytes, logged: int
) -> None:
    """gRPC's own line about the exception is dropped."""
    with channel() as opened, pytest.raises(grpc.RpcError):
        opened.unary_unary(PLACE)(request_)

    end = time.monotonic() + 30
    while len(spans.get_finished_spans()) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    errors = [record for record in records.written if record.level >= logging.ERROR]
    assert len(errors) == logged
    assert all(record.trace_id for record in errors)


@pytest.mark.usefixtures("edge")
def test_at_the_edge_a_call_is_only_linked_to(
    records: Records, spans: InMemorySpanExporter
) -> None:
    """R1.6: neither the trace nor the user that came with the call is believed."""
    somebody = request_scope({"user.id": "somebody"})
    with channel() as opened, tracer.start_as_current_span("calling"), somebody:
        opened.unary_unary(PLACE)(b"ab")

    # Once the server has stopped, its span has ended.
    (server,) = [span for span in spans.get_finished_spans() if span.kind is SpanKind.SERVER]
    assert_only_linked(server, records, spans)


def test_a_stream_that_is_broken_off_does_no_harm(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be closed in another context than it was begun in; nobody complains."""
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)

    with channel() as opened:
        for _ in range(5):
            call = opened.unary_stream(LIST)(b"ab")
            assert next(call) == b"0"
            call.close()
        opened.unary_unary(PLACE)(b"ab")
    gc.collect()

    assert not ignored
    assert records.by("shop.orders")[-1].attributes["rpc.method"] == "shop.Orders/Place"


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:192.0.2.7:50412", "192.0.2.7"),
        ("ipv4:192.0.2.7:50412,192.0.2.8:1", "192.0.2.7"),
        ("ipv6:[2001:db8::1]:50412", "2001:db8::1"),
        ("ipv6:%5B::1%5D:50412", "::1"),
        ("unix:/run/shop.sock", None),
        ("unix:", None),
        ("", None),
    ],
)
def test_the_address_of_a_peer(peer: str, address: str | None) -> None:
    """As gRPC writes it, percent-encoded or not."""
    assert peer_address(peer) == address
