"""The patches of aio-pika, made and taken back together."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

import wrapt

from otel_logging.integrations.unhandled import drop_repeats, keep_repeats

# Who else logs what leaves a callback.
_REPEATING: Final = ("aiormq.channel", "asyncio")


def instrument() -> None:
    """Trace every publication and consumption by aio-pika from now on.

    OpenTelemetry's own instrumentation of aio-pika is taken out first. Calling it again
    changes nothing; without aio-pika it does nothing.
    """
    if find_spec("aio_pika") is None or _instrumented():
        return
    from otel_logging.integrations.aio_pika.patches import PATCHES  # noqa: PLC0415 - optional

    _uninstrument_contrib()
    for target, name, wrapper in PATCHES:
        wrapt.wrap_function_wrapper(target, name, wrapper)
    drop_repeats(*_REPEATING)


def uninstrument() -> None:
    """Take the patches back; consumers that were started keep their spans."""
    if find_spec("aio_pika") is None or not _instrumented():
        return
    from opentelemetry.instrumentation.utils import unwrap  # noqa: PLC0415

    from otel_logging.integrations.aio_pika.patches import PATCHES  # noqa: PLC0415 - optional

    for target, name, _wrapper in PATCHES:
        unwrap(target, name)
    keep_repeats(*_REPEATING)


def _instrumented() -> bool:
    from aio_pika.queue import QueueIterator  # noqa: PLC0415 - an optional dependency

    return isinstance(QueueIterator.__dict__["__anext__"], wrapt.FunctionWrapper)


def _uninstrument_contrib() -> None:
    from opentelemetry.instrumentation.aio_pika import AioPikaInstrumentor  # noqa: PLC0415

    contrib = AioPikaInstrumentor()
    if contrib.is_instrumented_by_opentelemetry:
        contrib.uninstrument()
