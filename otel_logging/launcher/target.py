"""Where OpenTelemetry's own log exporter would send to: the bridge sends there itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

from otel_logging.bridge.http import HttpTarget, HttpTransport

if TYPE_CHECKING:
    from otel_logging.bridge.transport import Transport

_OTLP_MODULES = "opentelemetry.exporter.otlp."
_GRPC_MODULE = "opentelemetry.exporter.otlp.proto.grpc._log_exporter"
_GRPC_SPAN_MODULE = "opentelemetry.exporter.otlp.proto.grpc.trace_exporter"
_GRPC_SPAN_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


class Target(NamedTuple):
    """How the bridge reaches the receiver.

    Attributes:
        transport: Sends requests.
        timeout: Seconds for one attempt.
        delay: Seconds after which a batch is sent, however small it is.
    """

    transport: Transport
    timeout: float
    delay: float


def find_target(provider: Any) -> Target | None:
    """Return how to reach the receiver of a logger provider's only exporter.

    None means that the provider has another pipeline than one batch processor with an OTLP
    exporter: processors of its own, several exporters, a console; then records have to go
    through OpenTelemetry's API to reach them. It has to be asked before exporters are wrapped.
    """
    pipeline = getattr(provider, "_multi_log_record_processor", None)
    processors: tuple[Any, ...] = getattr(pipeline, "_log_record_processors", ())
    if len(processors) != 1 or type(processors[0]) is not BatchLogRecordProcessor:
        return None
    batch = processors[0]._batch_processor  # noqa: SLF001 - there is no public way to ask
    exporter, delay = batch._exporter, batch._schedule_delay  # noqa: SLF001
    if type(exporter) is OTLPLogExporter:
        return _http_target(exporter, delay)
    if f"{type(exporter).__module__}" == _GRPC_MODULE:
        return _grpc_target(exporter, delay)
    return None


def sends_otlp(provider: Any) -> bool:
    """Tell whether any exporter of a logger provider is OpenTelemetry's for OTLP.

    It has to be asked before exporters are wrapped, as `find_target`.
    """
    pipeline = getattr(provider, "_multi_log_record_processor", None)
    processors: tuple[Any, ...] = getattr(pipeline, "_log_record_processors", ())
    batches = (getattr(one, "_batch_processor", one) for one in processors)
    exporters = (getattr(batch, "_exporter", None) for batch in batches)
    return any(type(one).__module__.startswith(_OTLP_MODULES) for one in exporters)


def find_span_target(exporter: Any) -> Target | None:
    """Return how to reach the receiver of OpenTelemetry's OTLP exporter of spans."""
    if type(exporter) is OTLPSpanExporter:
        return _http_target(exporter, 0)
    if f"{type(exporter).__module__}" == _GRPC_SPAN_MODULE:
        return _grpc_target(exporter, 0, method=_GRPC_SPAN_METHOD)
    return None


def _http_target(exporter: Any, delay: float) -> Target | None:
    client = exporter._client  # noqa: SLF001
    session = getattr(client._transport, "_session", None)  # noqa: SLF001
    if session is None or type(session).__module__ != "requests.sessions" or session.auth:
        return None
    compression = client._compression.value  # noqa: SLF001
    if compression not in {"none", "gzip"}:
        return None
    certificate = (session.cert, None) if isinstance(session.cert, str) else session.cert
    headers = {
        name: value
        for name, value in client._headers.items()  # noqa: SLF001
        if name.lower() not in {"content-type", "content-encoding"}
    }
    target = HttpTarget(
        url=exporter._endpoint,  # noqa: SLF001
        headers=headers,
        gzip=compression == "gzip",
        ca_file=session.verify if isinstance(session.verify, str) else None,
        client_certificate=certificate,
        verify=session.verify is not False,
    )
    return Target(HttpTransport(target), client._timeout, delay)  # noqa: SLF001


def _grpc_target(exporter: Any, delay: float, **options: Any) -> Target:
    # Loaded only where gRPC is used: it costs memory and start-up time.
    from otel_logging.bridge.grpc import GrpcTarget, GrpcTransport  # noqa: PLC0415

    target = GrpcTarget(
        address=exporter._endpoint,  # noqa: SLF001
        metadata=tuple(exporter._headers),  # noqa: SLF001
        gzip=exporter._compression.name == "Gzip",  # noqa: SLF001
        credentials=None if exporter._insecure else exporter._credentials,  # noqa: SLF001
        options=tuple(exporter._channel_options),  # noqa: SLF001
        **options,
    )
    return Target(GrpcTransport(target), exporter._timeout, delay)  # noqa: SLF001
