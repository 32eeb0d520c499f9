"""OTLP/HTTP intake: `/v1/logs`, `/v1/traces` and `/v1/metrics`.

A request is answered with 200 only once its rows are committed, so a sender may forget them.
Source: OpenTelemetry Protocol, "OTLP/HTTP Response".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import DecodeError, Message
from google.rpc import code_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from otel_logging.store.body import JSON, PROTOBUF, content_type, expand, read_body
from otel_logging.store.decode.decoded import Decoded
from otel_logging.store.decode.logs import decode_logs
from otel_logging.store.decode.metrics import decode_metrics
from otel_logging.store.decode.spans import decode_spans
from otel_logging.store.errors import OverloadedError, RefusedRequestError
from otel_logging.store.otlp_json import parse_json
from otel_logging.store.settings import NANOS_PER_HOUR, StoreSettings
from otel_logging.store.writer import Clock, Writer

AHEAD_NS = 24 * NANOS_PER_HOUR
"""How far ahead of the store's clock a record may be: a wrong clock, not a wrong century."""

DECODERS = 2
"""Requests decoded at a time: each may take many times its size in memory."""
OWN_TROUBLE = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
    duckdb.FatalException,
)
"""What is no fault of the request, such as a full disk: a sender that hears 500 drops it."""

RETRY_AFTER_SECONDS = "1"
RPC_CODES = {
    400: code_pb2.INVALID_ARGUMENT,
    413: code_pb2.INVALID_ARGUMENT,
    415: code_pb2.INVALID_ARGUMENT,
    503: code_pb2.UNAVAILABLE,
}


@dataclass(frozen=True)
class Signal:
    """How one signal is received.

    Attributes:
        path: The intake's URL path.
        request: Message type of a request.
        response: Message type of an answer.
        rejected: Field of the answer's partial success that counts what was refused.
        decode: Turns a request into rows.
    """

    path: str
    request: Callable[[], Any]
    response: Callable[[], Any]
    rejected: str
    decode: Callable[[Any, int], Decoded]


SIGNALS = (
    Signal(
        "/v1/logs",
        logs_service_pb2.ExportLogsServiceRequest,
        logs_service_pb2.ExportLogsServiceResponse,
        "rejected_log_records",
        decode_logs,
    ),
    Signal(
        "/v1/traces",
        trace_service_pb2.ExportTraceServiceRequest,
        trace_service_pb2.ExportTraceServiceResponse,
        "rejected_spans",
        decode_spans,
    ),
    Signal(
        "/v1/metrics",
        metrics_service_pb2.ExportMetricsServiceRequest,
        metrics_service_pb2.ExportMetricsServiceResponse,
        "rejected_data_points",
        decode_metrics,
    ),
)


class Intake:
    """Receives every signal and hands its rows to the writer."""

    def __init__(self, writer: Writer, settings: StoreSettings, clock: Clock) -> None:
        self._writer = writer
        self._settings = settings
        self._clock = clock
        self._decoders = CapacityLimiter(DECODERS)

    def routes(self) -> list[Route]:
        """Return one route for each signal."""
        return [Route(s.path, self._endpoint(s), methods=["POST"]) for s in SIGNALS]

    def _endpoint(self, signal: Signal) -> Callable[[Request], Any]:
        async def receive(request: Request) -> Response:
            try:
                return await self._receive(request, signal)
            except RefusedRequestError as error:
                return _failure(request, error.status, str(error))
            except (OverloadedError, *OWN_TROUBLE) as error:
                return _failure(request, 503, str(error))
            except duckdb.DataError as error:
                return _failure(request, 400, f"a record cannot be stored: {error}")

        return receive

    async def _receive(self, request: Request, signal: Signal) -> Response:
        media = content_type(request)
        body = await read_body(request, self._settings.max_body_bytes)
        decoded = await run_sync(self._decode, request, body, signal, limiter=self._decoders)
        if decoded.rows:
            await asyncio.wrap_future(self._writer.submit(decoded.table, decoded.rows))
        answer = signal.response()
        if decoded.rejected:
            setattr(answer.partial_success, signal.rejected, decoded.rejected)
            answer.partial_success.error_message = decoded.message
        return _answer(answer, media, 200)

    def _decode(self, request: Request, body: bytes, signal: Signal) -> Decoded:
        data = expand(request, body, self._settings.max_body_bytes)
        message = signal.request()
        if content_type(request) == JSON:
            parse_json(data, message)
        else:
            _parse_protobuf(data, message)
        now_ns = self._clock()
        decoded = signal.decode(message, now_ns)
        decoded.keep_between(now_ns - self._settings.retention_ns, now_ns + AHEAD_NS)
        return decoded


def _parse_protobuf(data: bytes, message: Message) -> None:
    try:
        message.ParseFromString(data)
    except (DecodeError, UnicodeError) as error:
        raise RefusedRequestError(400, f"the body is not an OTLP message: {error}") from error


def _answer(message: Message, media: str, status: int) -> Response:
    if media == JSON:
        return Response(MessageToJson(message, indent=None), status, media_type=JSON)
    return Response(message.SerializeToString(), status, media_type=PROTOBUF)


def _failure(request: Request, status: int, reason: str) -> Response:
    """Return an error as the `Status` message that OTLP asks for, in the request's encoding."""
    message = status_pb2.Status(code=RPC_CODES[status], message=reason)
    json = request.headers.get("content-type", "").startswith(JSON)
    response = _answer(message, JSON if json else PROTOBUF, status)
    if status == 503:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response
