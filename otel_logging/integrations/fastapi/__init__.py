"""FastAPI: request attributes on every record, the trace ID in the response, the user.

`instrument()` puts a pure ASGI middleware inside the server span of
opentelemetry-instrumentation-fastapi, in every app that is built afterwards. While a request
is served, background tasks included, every record carries `http.request.method`, `url.path`,
`http.route`, `client.address`, `user_agent.original`, the caller's `X-Request-Id`, and, once
`set_user` was called, `user.id` and `user.roles`. Responses, 500 included, carry `X-Trace-Id`.

`client.address` is what the server says. Servers believe `X-Forwarded-For` only when it comes
from a proxy that they were told to trust: uvicorn's `--forwarded-allow-ips` or
`FORWARDED_ALLOW_IPS`, gunicorn's `forwarded_allow_ips`. The header itself is never read here.

A WebSocket is served in the same way, from its opening to its end, but for `X-Trace-Id`.

An unhandled exception is logged once, with trace and span ID; uvicorn's repeat ("Exception in
ASGI application"), written after the span is left, is dropped. An exception handler that logs
for itself calls `mark_logged`; `compact_stack` gives a stack without the libraries' frames.

`RequestLog` is a middleware that an app adds itself: events at the start and the end of each
request, with bodies and query where they are wanted; WebSockets have none. Lifespan traffic
passes untouched; bodies that are not captured are neither read nor copied; the ASGI `send` and
`receive` spans are left out.
"""

from otel_logging.integrations.fastapi.instrument import (
    instrument,
    instrument_app,
    uninstrument,
)
from otel_logging.integrations.fastapi.request_log import RequestLog
from otel_logging.integrations.fastapi.request_log_settings import RequestLogSettings
from otel_logging.integrations.fastapi.stack import compact_stack
from otel_logging.integrations.fastapi.user import set_user
from otel_logging.integrations.unhandled import mark_logged

__all__ = [
    "RequestLog",
    "RequestLogSettings",
    "compact_stack",
    "instrument",
    "instrument_app",
    "mark_logged",
    "set_user",
    "uninstrument",
]
