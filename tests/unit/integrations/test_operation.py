"""Names and attributes of messaging operations."""

from __future__ import annotations

import aio_pika
import pytest
from opentelemetry.trace import SpanKind

from otel_logging.integrations.aio_pika.operation import (
    Destination,
    Operation,
    Server,
    server_of,
)
from otel_logging.integrations.unhandled import error_type


@pytest.mark.parametrize(
    ("destination", "name"),
    [
        (Destination("shop", "paid"), "shop:paid"),
        (Destination("", "orders"), "orders"),
        (Destination("shop", ""), "shop"),
        (Destination("", ""), "amq.default"),
        (Destination("shop", "paid", "orders"), "shop:paid:orders"),
        (Destination("shop", "orders", "orders"), "shop:orders"),
        (Destination("", "orders", "orders"), "orders"),
        (Destination("shop", "", "orders"), "shop:orders"),
    ],
)
def test_destination_name(destination: Destination, name: str) -> None:
    """The destination's parts are joined as the conventions for RabbitMQ say."""
    assert destination.name == name


@pytest.mark.parametrize(
    ("type_", "destination", "name", "kind"),
    [
        ("send", Destination("shop", "paid"), "send shop:paid", SpanKind.PRODUCER),
        ("send", Destination("", "amq.gen-x1"), "send", SpanKind.PRODUCER),
        ("process", Destination("shop", "paid", "orders"), "process orders", SpanKind.CONSUMER),
        ("process", Destination("shop", "paid", "amq_0f"), "process", SpanKind.CONSUMER),
        ("receive", Destination("", "orders", "orders"), "receive orders", SpanKind.CLIENT),
    ],
)
def test_span_name(type_, destination, name, kind) -> None:
    """Names of spans have no part that was generated."""
    operation = Operation(type_, destination, Server())

    assert (operation.span_name, operation.span_kind) == (name, kind)


def test_generated_name_is_said() -> None:
    """A queue named by the broker is `anonymous`, and no metric has its name."""
    operation = Operation("process", Destination("", "amq.gen-x1", "amq.gen-x1"), Server())

    attributes = operation.span_attributes(aio_pika.Message(b""))
    assert attributes["messaging.destination.anonymous"] is True
    assert "messaging.destination.name" not in operation.metric_attributes()


def test_empty_body_has_a_size() -> None:
    """A size of 0 is a size."""
    operation = Operation("send", Destination("", "orders"), Server())

    assert operation.span_attributes(aio_pika.Message(b""))["messaging.message.body.size"] == 0


def test_metric_has_no_routing_key() -> None:
    """Routing keys may be as many as there are users: metrics name the exchange."""
    operation = Operation("send", Destination("shop", "user.7"), Server("broker", 5672))

    assert operation.metric_attributes("KeyError") == {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "send",
        "messaging.destination.name": "shop",
        "server.address": "broker",
        "server.port": 5672,
        "error.type": "KeyError",
    }


def test_error_type_is_qualified() -> None:
    """Exceptions that are not built in are named with their module."""
    assert error_type(aio_pika.exceptions.QueueEmpty()) == "aio_pika.exceptions.QueueEmpty"


def test_channel_that_tells_nothing() -> None:
    """Without a connection there is no server to name."""
    assert server_of(object()) == Server()
