"""What comes in from strangers is capped, filtered or only linked to; what goes out is redacted."""

import pytest
from opentelemetry import baggage, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.instrumentation.asgi import asgi_getter
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from otel_logging import bound
from otel_logging.context import request_scope
from otel_logging.launcher.edge import EdgeLinkProcessor
from otel_logging.launcher.propagation import GuardedPropagator, remote_link

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
KEYS = ("user.id", "user.roles")


def make(*, edge=False, redact=dict):
    """A guarded propagator around OpenTelemetry's default one."""
    inner = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])
    return GuardedPropagator(inner, KEYS, edge=edge, redact=redact)


def inbound(**headers):
    """An ASGI scope with headers."""
    return {
        "type": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }


def span_context(context):
    """The remote span of a context."""
    return trace.get_current_span(context).get_span_context()


def test_a_trace_and_allowed_baggage_come_in():
    """Other baggage is dropped."""
    carrier = {"traceparent": PARENT, "baggage": "user.id=7,cart=secret"}
    context = make().extract(carrier, Context())

    assert int(PARENT[3:35], 16) == span_context(context).trace_id
    assert dict(baggage.get_all(context)) == {"user.id": "7"}


@pytest.mark.parametrize("name", ["traceparent", "tracestate"])
def test_a_long_header_is_not_parsed(name):
    """Parsing takes quadratic time in OpenTelemetry 1.45.1."""
    seen = []

    class Inner(TraceContextTextMapPropagator):
        def extract(self, carrier, context=None, getter=None):
            seen.extend(getter.get(carrier, name) or [])
            return context

    propagator = GuardedPropagator(Inner(), KEYS, edge=False, redact=dict)
    propagator.extract({name: "x" * 512}, Context())
    propagator.extract({name: "x" * 513}, Context())
    propagator.extract({name: "x" * 1_000_000}, Context())

    assert seen == ["x" * 512]


def test_huge_baggage_is_ignored():
    """W3C Baggage asks for no more than 8192 bytes."""
    context = make().extract({"baggage": f"user.id={'7' * 9000}"}, Context())
    assert dict(baggage.get_all(context)) == {}


def test_bound_attributes_of_allowed_names_are_sent():
    """So they follow the call without a line of code; others stay at home."""
    carrier = {}
    with request_scope({"user.id": 7, "url.path": "/x"}), bound({"user.roles": ["a", "b"]}, cart=1):
        make().inject(carrier, Context())

    assert carrier == {"baggage": "user.id=7,user.roles=a%2Cb"}


def test_baggage_that_is_not_allowed_is_not_sent_on():
    """Whoever set it."""
    carrier = {}
    context = baggage.set_baggage("cart", "secret", baggage.set_baggage("user.id", "7", Context()))
    make().inject(carrier, context)

    assert carrier == {"baggage": "user.id=7"}


def test_baggage_is_redacted_before_it_leaves():
    """It travels in clear text to every peer."""

    def redact(attributes):
        return {
            name: value.replace("bob@example.com", "MASKED") for name, value in attributes.items()
        }

    carrier = {}
    with bound({"user.id": "bob@example.com"}):
        make(redact=redact).inject(carrier, Context())

    assert carrier == {"baggage": "user.id=MASKED"}


def test_at_the_edge_a_request_brings_no_baggage_and_only_a_link():
    """A stranger decides neither who the user is nor where our trace belongs."""
    carrier = inbound(traceparent=PARENT, baggage="user.id=admin")
    context = make(edge=True).extract(carrier, Context(), asgi_getter)

    assert not span_context(context).is_valid
    assert dict(baggage.get_all(context)) == {}
    assert int(PARENT[3:35], 16) == remote_link(context).trace_id


def test_at_the_edge_a_message_is_still_believed():
    """It comes from the broker, which is inside."""
    carrier = {"traceparent": PARENT, "baggage": "user.id=7"}
    context = make(edge=True).extract(carrier, Context())

    assert int(PARENT[3:35], 16) == span_context(context).trace_id
    assert dict(baggage.get_all(context)) == {"user.id": "7"}


def test_inside_a_request_is_believed():
    """The setting is off where strangers do not reach."""
    context = make().extract(inbound(traceparent=PARENT), Context(), asgi_getter)
    assert int(PARENT[3:35], 16) == span_context(context).trace_id


def test_the_link_is_on_the_server_span_and_on_no_other():
    """Its trace is new; its children need no link."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(EdgeLinkProcessor())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    context = make(edge=True).extract(inbound(traceparent=PARENT), Context(), asgi_getter)
    with (
        tracer.start_as_current_span("GET", context, SpanKind.SERVER),
        tracer.start_as_current_span("inner"),
    ):
        pass
    inner, server = exporter.get_finished_spans()

    assert [int(PARENT[3:35], 16)] == [link.context.trace_id for link in server.links]
    assert int(PARENT[3:35], 16) != server.context.trace_id
    assert inner.links == ()


def test_an_edge_request_without_a_trace_has_no_link():
    """Nothing to link to."""
    assert remote_link(make(edge=True).extract(inbound(), Context(), asgi_getter)) is None
