"""The canary: a program that logs, traces and measures with secrets on every surface.

It is started as services are, by `opentelemetry-instrument`, with the environment of services:
what it sends takes their way. It reads what to plant from standard input, and says on standard
output what it sent.
"""

from __future__ import annotations

import json
import logging
import sys

import msgspec
from opentelemetry import baggage, context, metrics, propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode

from otel_logging import flush, semconv
from otel_logging.doctor.planted import Planted

SCOPE = "otel_logging.doctor"
STEPS = ("receive", "process", "send")
FLUSH_SECONDS = 10.0


class Sent(msgspec.Struct, frozen=True):
    """What the canary sent.

    Attributes:
        trace_ids: Of its spans, in the order of `STEPS`: all the same where context travels.
        span_ids: Of the same spans.
        delivered: Whether everything was handed over in time.
    """

    trace_ids: list[str]
    span_ids: list[str]
    delivered: bool


def main() -> None:
    """Send the canary that standard input describes."""
    planted = msgspec.json.decode(sys.stdin.buffer.read(), type=Planted)
    hidden = planted.secrets
    token = context.attach(baggage.set_baggage(semconv.USER_ID, hidden["baggage"]))
    tracer = trace.get_tracer(SCOPE)
    with tracer.start_as_current_span(
        f"GET /users/{hidden['span name']}",
        kind=SpanKind.SERVER,
        attributes={
            semconv.OTLOG_CANARY_ID: planted.nonce,
            "password": hidden["span attribute by name"],
        },
        links=[_link(hidden["span link"])],
    ) as received:
        _log(planted)
        with tracer.start_as_current_span("process") as processed:
            _trouble(processed, hidden)
            _measure(planted)
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
        sent = _send(tracer, carrier, hidden)
    context.detach(token)
    delivered = flush(FLUSH_SECONDS)
    # A page of metrics shows the last report only: the one at exit needs an exemplar as well.
    with trace.use_span(processed):
        _measure(planted)
    contexts = [span.get_span_context() for span in (received, processed, sent)]
    report = Sent(
        [trace.format_trace_id(one.trace_id) for one in contexts],
        [trace.format_span_id(one.span_id) for one in contexts],
        delivered,
    )
    sys.stdout.buffer.write(msgspec.json.encode(report))


def _link(secret: str) -> Link:
    elsewhere = trace.SpanContext(0xC0FFEE, 0xBEEF, is_remote=True)
    return Link(elsewhere, {"password": secret})


def _log(planted: Planted) -> None:
    log, hidden = logging.getLogger(SCOPE), planted.secrets
    mine = {semconv.OTLOG_CANARY_ID: planted.nonce}
    told = {
        "password": hidden["log attribute by name"],
        "note": f"write to {hidden['log attribute by value']}",
        "request": {"headers": {"authorization": f"Bearer {hidden['log attribute, nested']}"}},
        "payload": json.dumps({"password": hidden["log attribute, JSON in text"]}),
    }
    log.error("canary paid with %s", hidden["log body"], extra={**mine, **told})
    log.error({"canary": "structured", "password": hidden["log body, structured"]}, extra=mine)
    try:
        _fail(hidden["log exception"])
    except LookupError:
        log.exception("canary failed", extra=mine)


def _fail(secret: str) -> None:
    raise LookupError(f"no such user {secret}")


def _trouble(span: Span, hidden: dict[str, str]) -> None:
    span.set_attribute("url.full", f"https://example.com/?t={hidden['span attribute by value']}")
    span.add_event("charged", {"password": hidden["span event"]})
    span.record_exception(ValueError(f"declined: {hidden['span exception']}"))
    span.set_status(Status(StatusCode.ERROR, f"no answer from {hidden['span status']}"))


def _measure(planted: Planted) -> None:
    histogram = metrics.get_meter(SCOPE).create_histogram(semconv.METRIC_DOCTOR_CANARY, "s")
    labels = {
        semconv.OTLOG_CANARY_ID: planted.nonce,
        "customer": planted.secrets["metric attribute"],
    }
    histogram.record(0.004, labels)


def _send(tracer: trace.Tracer, carrier: dict[str, str], hidden: dict[str, str]) -> Span:
    """Go on from what travelled in headers, as the next service would."""
    with tracer.start_as_current_span(
        "send", context=propagate.extract(carrier, Context()), kind=SpanKind.CONSUMER
    ) as span:
        span.set_attribute("note", f"for {hidden['baggage']}")
        return span


if __name__ == "__main__":
    main()
