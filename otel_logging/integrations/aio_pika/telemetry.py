"""The tracer and the instruments of the integration."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from opentelemetry import metrics, trace

from otel_logging import semconv
from otel_logging._version import __version__
from otel_logging.integrations.unhandled import error_type

if TYPE_CHECKING:
    from otel_logging.integrations.aio_pika.operation import Operation

_SCOPE: Final = "otel_logging.integrations.aio_pika"

# The bounds that the conventions ask for, in seconds.
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


class Telemetry:
    """A tracer, and the messaging metrics of OpenTelemetry's conventions.

    Attributes:
        tracer: Makes the spans.
    """

    def __init__(self) -> None:
        self.tracer = trace.get_tracer(_SCOPE, __version__)
        meter = metrics.get_meter(_SCOPE, __version__)
        self._messages = {
            "send": meter.create_counter(
                "messaging.client.sent.messages", "{message}", "Messages sent to the broker."
            ),
            "receive": meter.create_counter(
                "messaging.client.consumed.messages",
                "{message}",
                "Messages delivered to the application.",
            ),
        }
        self._operation = meter.create_histogram(
            "messaging.client.operation.duration",
            "s",
            "Duration of sending or receiving.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._process = meter.create_histogram(
            "messaging.process.duration",
            "s",
            "Duration of processing.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )

    def count_consumed(self, operation: Operation) -> None:
        """Count a message that was delivered to the application."""
        self._messages["receive"].add(1, operation.metric_attributes())

    def ended(self, operation: Operation, seconds: float, error: str | None = None) -> None:
        """Measure an operation that ended; count the message that it sent or received.

        Args:
            operation: The operation.
            seconds: How long it took.
            error: `error.type`, if it failed.
        """
        attributes = operation.metric_attributes(error)
        if operation.type == "process":
            self._process.record(seconds, attributes)
        else:
            self._messages[operation.type].add(1, attributes)
            self._operation.record(seconds, attributes)


@cache
def telemetry() -> Telemetry:
    """Return the process's instruments, made when they are first needed."""
    return Telemetry()


def fail(span: trace.Span, error: BaseException) -> str:
    """Put an exception on a span; returns its `error.type`."""
    span.record_exception(error)
    return mark_failed(span, error_type(error), f"{type(error).__name__}: {error}")


def mark_failed(span: trace.Span, kind: str, description: str) -> str:
    """Give a span the status ERROR and an `error.type`, which is returned."""
    span.set_status(trace.StatusCode.ERROR, description)
    span.set_attribute(semconv.ERROR_TYPE, kind)
    return kind
