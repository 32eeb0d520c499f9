"""gRPC: trace and baggage follow calls, and records say which call they belong to.

Spans and propagation, for clients and servers, with and without asyncio, are those of
opentelemetry-instrumentation-grpc. `instrument()` puts an interceptor inside the span of every
server that is made afterwards. While a call is served, every record carries `rpc.system.name`,
`rpc.method` and `client.address`. An exception that leaves a handler is logged once, with trace
and span ID, and fails the span; gRPC's repeat of it is dropped, and `context.abort` is none.

Needs the extra `otel-logging[grpc]`. `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS` is heeded
(`grpc_client`, `grpc_server`, `grpc_aio_client`, `grpc_aio_server`).
"""

from otel_logging.integrations.grpc.instrument import instrument, uninstrument
from otel_logging.integrations.unhandled import mark_logged

__all__ = ["instrument", "mark_logged", "uninstrument"]
