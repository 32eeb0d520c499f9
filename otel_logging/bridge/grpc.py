"""OTLP over gRPC with requests that are encoded already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.rpc.error_details_pb2 import RetryInfo
from opentelemetry.instrumentation.utils import suppress_instrumentation

from otel_logging.bridge.transport import Outcome, Reply, accepted

if TYPE_CHECKING:
    from collections.abc import Sequence

METHOD: Final = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"

RETRYABLE: Final = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""Codes after which the same request may be sent again (OTLP specification, "Failures").
RESOURCE_EXHAUSTED is one only when the receiver says when to come back."""


@dataclass(frozen=True, kw_only=True)
class GrpcTarget:
    """Where and how to send.

    Attributes:
        address: Host and port.
        metadata: Metadata of every request.
        gzip: Compress requests.
        credentials: TLS credentials, or None for a plain connection.
        options: Channel options.
        method: What is called.
    """

    address: str
    metadata: Sequence[tuple[str, str]] = ()
    gzip: bool = False
    credentials: grpc.ChannelCredentials | None = None
    options: Sequence[tuple[str, Any]] = ()
    method: str = METHOD


class GrpcTransport:
    """Sends OTLP/gRPC requests, one at a time; the channel is opened by the first."""

    def __init__(self, target: GrpcTarget) -> None:
        self._target = target
        self._channel: grpc.Channel | None = None
        self._export: Any = None
        self._abandoned: list[grpc.Channel] = []

    @property
    def endpoint(self) -> str:
        """Host and port of the receiver."""
        return self._target.address

    def send(self, request: bytes, timeout: float) -> Reply:
        """Make one attempt."""
        if self._channel is None:
            self._open()
        try:
            # Where gRPC clients are instrumented, this call is not for them.
            with suppress_instrumentation():
                answer = self._export(
                    request, timeout=timeout, metadata=tuple(self._target.metadata)
                )
        except grpc.RpcError as error:
            return _failure(error)
        return accepted(answer)

    def close(self) -> None:
        """Close the channel."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def after_fork(self) -> None:
        """Forget the channel; closing it, or letting it be closed, would hang in the child."""
        if self._channel is not None:
            self._abandoned.append(self._channel)
            self._channel = None

    def _open(self) -> None:
        target = self._target
        compression = grpc.Compression.Gzip if target.gzip else grpc.Compression.NoCompression
        options = tuple(target.options)
        if target.credentials is None:
            channel = grpc.insecure_channel(target.address, options, compression)
        else:
            channel = grpc.secure_channel(target.address, target.credentials, options, compression)
        self._channel = channel
        # Without serializers, requests and answers are bytes.
        self._export = channel.unary_unary(target.method)


def _failure(error: Any) -> Reply:
    code = error.code()
    reason = f"gRPC {code.name}"
    wait = _retry_delay(error)
    if code in RETRYABLE or (code is grpc.StatusCode.RESOURCE_EXHAUSTED and wait is not None):
        return Reply(Outcome.RETRY, reason, retry_after=wait)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        # What a server answers to a message above its limit.
        return Reply(Outcome.TOO_LARGE, reason)
    return Reply(Outcome.REJECTED, reason)


def _retry_delay(error: Any) -> float | None:
    for key, value in error.trailing_metadata() or ():
        if key == "google.rpc.retryinfo-bin":
            info = RetryInfo.FromString(value)
            return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    return None
