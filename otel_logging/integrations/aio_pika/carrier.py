"""Trace context and baggage in the headers of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import wrapt
from opentelemetry import propagate, trace
from opentelemetry.propagators.textmap import Getter

if TYPE_CHECKING:
    from aio_pika.abc import AbstractMessage
    from opentelemetry.context import Context


class _HeaderGetter(Getter["AbstractMessage"]):
    """Reads the headers of a message, whose values may be of any AMQP type."""

    def get(self, carrier: AbstractMessage, key: str) -> list[str] | None:
        value = (carrier.headers or {}).get(key)
        if isinstance(value, (bytes, bytearray)):
            value = value.decode("ascii", "replace")
        return [value] if isinstance(value, str) else None

    def keys(self, carrier: AbstractMessage) -> list[str]:
        return list(carrier.headers or {})


_getter = _HeaderGetter()


def extract(message: AbstractMessage, context: Context) -> Context:
    """Return a context with what the message carries."""
    return propagate.extract(message, context, _getter)


def has_span(context: Context) -> bool:
    """Tell whether a context has a span, recorded or not."""
    return trace.get_current_span(context).get_span_context().is_valid


class Carrying(wrapt.ObjectProxy):  # type: ignore[type-arg]
    """A message as it is sent: the caller's, with the current context in its headers.

    The caller's own message keeps its headers, so that publishing it again, elsewhere, does
    not send the context of the first time.
    """

    def __init__(self, message: AbstractMessage) -> None:
        super().__init__(message)
        stale = propagate.get_global_textmap().fields
        kept = {key: value for key, value in (message.headers or {}).items() if key not in stale}
        propagate.inject(kept)
        self._self_headers = kept

    @property
    def headers(self) -> dict[str, Any]:
        """The headers that are sent."""
        return self._self_headers

    @headers.setter
    def headers(self, _headers: object) -> NoReturn:
        raise AttributeError("a message that is being sent cannot be changed")

    @property
    def properties(self) -> Any:
        """The AMQP properties that are sent."""
        properties = self.__wrapped__.properties
        properties.headers = self._self_headers
        return properties
