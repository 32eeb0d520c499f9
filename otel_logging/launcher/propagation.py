"""A propagator that trusts little: capped headers, allow-listed baggage, links at the edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import baggage, trace
from opentelemetry.context import create_key, get_current, get_value, set_value
from opentelemetry.propagators.textmap import (
    CarrierT,
    DefaultGetter,
    Getter,
    Setter,
    TextMapPropagator,
    default_setter,
)

from otel_logging.context import context_attributes
from otel_logging.integrations.inbound import InboundCall

if TYPE_CHECKING:
    from opentelemetry.context import Context

MAX_HEADER_CHARS: Final = 512
"""Longest trace header that is parsed; the W3C form of traceparent has 55 characters, and
parsing a long one takes quadratic time in opentelemetry-api 1.45.1."""

MAX_BAGGAGE_CHARS: Final = 8192
"""Longest baggage header that is parsed (W3C Baggage, section 3.3.2)."""

REMOTE_LINK: Final = create_key("otel_logging.remote_link")
"""Context key of the span context that a stranger sent, at the edge."""

Redact = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class GuardedPropagator(TextMapPropagator):
    """Wraps the configured propagator.

    Headers longer than their cap are ignored before they are parsed. Only allow-listed
    baggage keys are accepted and sent; bound attributes of these names are sent too, so that
    they follow the call. Values are redacted before they leave.

    Args:
        inner: The propagator that reads and writes the headers.
        baggage_keys: The allow-list.
        edge: Drop the baggage of inbound HTTP requests and gRPC calls and keep their trace
            context only as a link (see `REMOTE_LINK`); messages from the broker are not affected.
        redact: Redacts baggage values before they leave.
    """

    def __init__(
        self,
        inner: TextMapPropagator,
        baggage_keys: tuple[str, ...],
        *,
        edge: bool,
        redact: Redact,
    ) -> None:
        self._inner = inner
        self._fields = inner.fields
        self._baggage_keys = frozenset(baggage_keys)
        self._edge = edge
        self._redact = redact

    @property
    def fields(self) -> set[str]:
        """Names of the headers that the wrapped propagator writes."""
        return self._fields

    def extract(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        getter: Getter[CarrierT] = DefaultGetter(),  # type: ignore[assignment] # noqa: B008
    ) -> Context:
        """Read what came with a request or a message into a context."""
        before = context if context is not None else get_current()
        after = self._inner.extract(carrier, before, _CappedGetter(getter))
        if self._edge and is_inbound_request(carrier):
            return _link_only(before, after)
        return _keep_baggage(after, self._baggage_keys)

    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: Setter[CarrierT] = default_setter,
    ) -> None:
        """Write the context into the headers of a request or a message."""
        current = context if context is not None else get_current()
        sent = self._outgoing(current)
        current = baggage.clear(current)
        for name, value in sent.items():
            current = baggage.set_baggage(name, value, current)
        self._inner.inject(carrier, current, setter)

    def _outgoing(self, context: Context) -> dict[str, str]:
        attributes = {**baggage.get_all(context), **context_attributes()}
        chosen = {
            name: _as_text(value)
            for name, value in attributes.items()
            if name in self._baggage_keys and value is not None
        }
        if not chosen:
            return chosen
        return {name: _as_text(value) for name, value in self._redact(chosen).items()}


class _CappedGetter(Getter[CarrierT]):
    """Hides headers that are longer than their cap."""

    def __init__(self, inner: Getter[CarrierT]) -> None:
        self._inner = inner

    def get(self, carrier: CarrierT, key: str) -> list[str] | None:
        values = self._inner.get(carrier, key)
        if not values:
            return values
        cap = MAX_BAGGAGE_CHARS if key.lower() == "baggage" else MAX_HEADER_CHARS
        return [value for value in values if len(value) <= cap] or None

    def keys(self, carrier: CarrierT) -> list[str]:
        return self._inner.keys(carrier)


def is_inbound_request(carrier: object) -> bool:
    """Tell whether a carrier is an inbound request: an ASGI scope, a WSGI environment, a call."""
    if not isinstance(carrier, Mapping):
        return False
    if isinstance(carrier, InboundCall):
        return True
    return "wsgi.version" in carrier or carrier.get("type") in {"http", "websocket"}


def _link_only(before: Context, after: Context) -> Context:
    remote = trace.get_current_span(after).get_span_context()
    if not remote.is_valid or remote == trace.get_current_span(before).get_span_context():
        return before
    return set_value(REMOTE_LINK, remote, before)


def remote_link(context: Context | None) -> trace.SpanContext | None:
    """Return the span context that an edge service links to, or None."""
    remote = get_value(REMOTE_LINK, context)
    return remote if isinstance(remote, trace.SpanContext) else None


def _keep_baggage(context: Context, keys: frozenset[str]) -> Context:
    for name in baggage.get_all(context):
        if name not in keys:
            context = baggage.remove_baggage(name, context)
    return context


def _as_text(value: object) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(str(item) for item in value)
    return str(value)
