"""Calls over a real `grpc.aio` server: trace, baggage, records, failures."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest
from opentelemetry import baggage, trace
from opentelemetry.context import attach, detach
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from otel_logging.context import request_scope
from otel_logging.integrations import grpc as integration
from tests.integrations.conftest import Records
from tests.integrations.grpc.edge import assert_only_linked
from tests.integrations.grpc.orders import LIST, PLACE, TALK, UPLOAD, aio_channel

tracer = trace.get_tracer("test")


async def _parts() -> AsyncIterator[bytes]:
    yield b"a"
    yield b"b"


async def _call(channel: grpc.aio.Channel, method: str) -> Any:
    if method == PLACE:
        return await channel.unary_unary(PLACE)(b"ab")
    if method == LIST:
        return [one async for one in channel.unary_stream(LIST)(b"ab")]
    if method == UPLOAD:
        return await channel.stream_unary(UPLOAD)(_parts())
    return [one async for one in channel.stream_stream(TALK)(_parts())]


def _server_span(spans: InMemorySpanExporter) -> Any:
    """The one server span; it ends a little after the client has its answer."""
    end = time.monotonic() + 30
    while True:
        found = [one for one in spans.get_finished_spans() if one.kind is SpanKind.SERVER]
        if found or time.monotonic() > end:
            (one,) = found
            return one
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("method", "answer"),
    [(PLACE, b"ab"), (LIST, [b"0", b"1", b"2"]), (UPLOAD, b"ab"), (TALK, [b"a", b"b"])],
)
async def test_the_trace_survives_each_kind_of_call(
    records: Records, spans: InMemorySpanExporter, method: str, answer: Any
) -> None:
    """Records in the handler have the caller's trace, the server's span, and the call."""
    async with aio_channel() as channel:
        with tracer.start_as_current_span("calling") as calling:
            assert await _call(channel, method) == answer

    server = _server_span(spans)
    inside = records.by("shop.orders")
    assert inside
    for record in inside:
        assert record.trace_id == f"{calling.get_span_context().trace_id:032x}"
        assert record.span_id == f"{server.context.span_id:016x}"
        assert record.attributes == {
            "rpc.system.name": "grpc",
            "rpc.method": method.lstrip("/"),
            "client.address": "127.0.0.1",
        }


@pytest.mark.usefixtures("records")
async def test_only_allowed_baggage_survives() -> None:
    """The user goes along, other baggage and other attributes do not."""
    seen: dict[str, Any] = {}

    class Looking(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            seen.update(baggage.get_all())

    handler = Looking()
    logger = logging.getLogger("shop.orders")
    logger.addHandler(handler)
    token = attach(baggage.set_baggage("cart", "secret"))
    try:
        async with aio_channel() as channel:
            with request_scope({"user.id": "u-1", "user.roles": ["a", "b"], "url.path": "/x"}):
                await channel.unary_unary(PLACE)(b"ab")
    finally:
        detach(token)
        logger.removeHandler(handler)

    assert seen == {"user.id": "u-1", "user.roles": "a,b"}


async def test_an_exception_is_logged_once_and_fails_the_span(
    records: Records, spans: InMemorySpanExporter
) -> None:
    """With the trace; gRPC's own line, which would have none, is dropped."""
    async with aio_channel() as channel:
        with pytest.raises(grpc.aio.AioRpcError), tracer.start_as_current_span("calling"):
            await channel.unary_unary(PLACE)(b"fail")

    server = _server_span(spans)
    (error,) = [record for record in records.written if record.level >= logging.ERROR]
    assert error.logger == "otel_logging.integrations.grpc"
    assert isinstance(error.exception, LookupError)
    assert error.span_id == f"{server.context.span_id:016x}"
    assert error.attributes["rpc.method"] == "shop.Orders/Place"
    assert server.status.status_code is trace.StatusCode.ERROR
    assert server.attributes["error.type"] == "LookupError"


async def test_an_abort_is_no_failure_of_the_handler(records: Records) -> None:
    """The answer was meant so; nothing is logged as an error."""
    async with aio_channel() as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary(PLACE)(b"abort")

    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert not [record for record in records.written if record.level >= logging.ERROR]


async def test_a_stream_that_is_broken_off_does_no_harm(
    records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    """The next call has its own attributes, and nothing of ours complains.

    OpenTelemetry's interceptor does, now and then: "Failed to detach context".
    """
    async with aio_channel() as channel:
        call = channel.unary_stream(LIST)(b"ab")
        assert await call.read() == b"0"
        call.cancel()
        await channel.unary_unary(PLACE)(b"ab")

    last = records.by("shop.orders")[-1]
    assert last.attributes["rpc.method"] == "shop.Orders/Place"
    errors = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert not [one for one in errors if not one.name.startswith("opentelemetry.")]


async def test_an_unknown_method_is_answered_as_ever() -> None:
    """There is no handler to wrap."""
    async with aio_channel() as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary("/shop.Orders/Nothing")(b"")

    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("given", ["by position", "by name"])
async def test_interceptors_of_the_application_stay(
    spans: InMemorySpanExporter, given: str
) -> None:
    """However they are given; they run inside the span."""
    seen: list[str] = []

    class Own(grpc.aio.ServerInterceptor):
        async def intercept_service(self, continuation: Any, details: Any) -> Any:
            seen.append(details.method)
            return await continuation(details)

    served = (
        aio_channel(None, None, [Own()])
        if given == "by position"
        else aio_channel(interceptors=[Own()])
    )
    async with served as channel:
        await channel.unary_unary(PLACE)(b"ab")

    assert seen == [PLACE]
    assert _server_span(spans)


async def test_nothing_is_left_when_it_is_taken_back(
    records: Records, spans: InMemorySpanExporter
) -> None:
    """Servers and clients are gRPC's own again; taking back twice does no harm."""
    integration.uninstrument()
    integration.uninstrument()

    async with aio_channel() as channel:
        await channel.unary_unary(PLACE)(b"ab")

    assert not spans.get_finished_spans()
    assert records.by("shop.orders")[0].attributes == {}


def test_instrumenting_twice_changes_nothing() -> None:
    """One interceptor is enough."""
    before = grpc.aio.server

    integration.instrument()

    assert grpc.aio.server is before


async def test_a_disabled_instrumentation_stays_off(
    monkeypatch: pytest.MonkeyPatch, records: Records, spans: InMemorySpanExporter
) -> None:
    """OpenTelemetry's own variable is heeded; records have the call all the same."""
    integration.uninstrument()
    monkeypatch.setenv("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "grpc_aio_server, grpc_aio_client")
    integration.instrument()

    async with aio_channel() as channel:
        await channel.unary_unary(PLACE)(b"ab")

    assert not spans.get_finished_spans()
    assert records.by("shop.orders")[0].attributes["rpc.method"] == "shop.Orders/Place"


@pytest.mark.usefixtures("edge")
async def test_at_the_edge_a_call_is_only_linked_to(
    records: Records, spans: InMemorySpanExporter
) -> None:
    """R1.6: neither the trace nor the user that came with the call is believed."""
    async with aio_channel() as channel:
        with tracer.start_as_current_span("calling"), request_scope({"user.id": "somebody"}):
            await channel.unary_unary(PLACE)(b"ab")

    assert_only_linked(_server_span(spans), records, spans)
