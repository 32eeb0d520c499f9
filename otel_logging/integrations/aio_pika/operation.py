"""What spans, records and metrics say about an operation on a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from opentelemetry.trace import SpanKind

from otel_logging import semconv

if TYPE_CHECKING:
    from aio_pika.abc import AbstractMessage

# Queues named by the broker, and by aio-pika's robust channels.
_GENERATED: Final = ("amq.gen-", "amq_")

OperationType = Literal["send", "receive", "process"]

_KINDS: Final = {
    "send": SpanKind.PRODUCER,
    "receive": SpanKind.CLIENT,
    "process": SpanKind.CONSUMER,
}


class Destination(NamedTuple):
    """Where a message goes to or comes from; `queue` is empty for producers."""

    exchange: str
    routing_key: str
    queue: str = ""

    @property
    def name(self) -> str:
        """`messaging.destination.name`: the parts that are there, each once."""
        queue = "" if self.queue == self.routing_key else self.queue
        parts = filter(None, (self.exchange, self.routing_key, queue))
        return ":".join(parts) or "amq.default"

    @property
    def few(self) -> str | None:
        """A name of which there are few, for metrics; None for a generated one."""
        name = self.queue or self.exchange or self.routing_key
        return None if not name or name.startswith(_GENERATED) else name


class Server(NamedTuple):
    """The broker, as the connection's URL names it."""

    address: str | None = None
    port: int | None = None


@dataclass(frozen=True)
class Operation:
    """Sending, receiving or processing messages; what all of them share is found out once."""

    type: OperationType
    destination: Destination
    server: Server

    @cached_property
    def span_name(self) -> str:
        """`{operation} {destination}`, without a destination whose name was generated."""
        few = self.destination.few
        if few is None:
            return self.type
        return f"{self.type} {self.destination.queue or self.destination.name}"

    @property
    def span_kind(self) -> SpanKind:
        """The kind that the conventions give to the operation."""
        return _KINDS[self.type]

    def span_attributes(self, message: AbstractMessage) -> dict[str, Any]:
        """Return the span's attributes, all known when it starts."""
        attributes = {
            semconv.MESSAGING_MESSAGE_ID: message.message_id,
            semconv.MESSAGING_MESSAGE_CONVERSATION_ID: message.correlation_id,
            semconv.MESSAGING_MESSAGE_BODY_SIZE: len(message.body),
            semconv.MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG: getattr(message, "delivery_tag", None),
        }
        return {**self._span, **_known(attributes)}

    def metric_attributes(self, error: str | None = None) -> Mapping[str, Any]:
        """Return the attributes of a measurement, few in number of values.

        Args:
            error: `error.type`, if the operation failed.
        """
        return {**self._measured, semconv.ERROR_TYPE: error} if error else self._measured

    def record_attributes(self, message: AbstractMessage) -> dict[str, Any]:
        """Return what stands on every record written while the message is processed."""
        attributes = {
            semconv.MESSAGING_DESTINATION_NAME: self._span[semconv.MESSAGING_DESTINATION_NAME],
            semconv.MESSAGING_MESSAGE_ID: message.message_id,
        }
        return _known(attributes)

    @cached_property
    def _span(self) -> Mapping[str, Any]:
        attributes = {
            **self._attributes(self.destination.name),
            semconv.MESSAGING_OPERATION_TYPE: self.type,
            semconv.MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY: self.destination.routing_key,
            semconv.MESSAGING_DESTINATION_ANONYMOUS: self.destination.few is None or None,
        }
        return _known(attributes)

    @cached_property
    def _measured(self) -> Mapping[str, Any]:
        return _known(self._attributes(self.destination.few))

    def _attributes(self, destination: str | None) -> dict[str, Any]:
        return {
            semconv.MESSAGING_SYSTEM: "rabbitmq",
            semconv.MESSAGING_OPERATION_NAME: self.type,
            semconv.MESSAGING_DESTINATION_NAME: destination,
            semconv.SERVER_ADDRESS: self.server.address,
            semconv.SERVER_PORT: self.server.port,
        }


@lru_cache(maxsize=1024)
def operation_on(kind: OperationType, destination: Destination, server: Server) -> Operation:
    """Return the operation of a type; the same one for the same place."""
    return Operation(kind, destination, server)


def server_of(channel: object) -> Server:
    """Return the broker that a channel of aio-pika or aiormq talks to, if it tells."""
    connection = getattr(channel, "_connection", None) or getattr(channel, "connection", None)
    url = getattr(connection, "url", None)
    if url is None:
        return Server()
    return Server(url.host, url.port or (5671 if url.scheme == "amqps" else 5672))


def _known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value not in (None, "")}
