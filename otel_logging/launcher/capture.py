"""Where the bridge meets `logging`: every record of every logger, however it is configured."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

_original: Final = logging.Logger.callHandlers


def capture(handler: logging.Handler) -> None:
    """Send every record that a logger lets through to a handler, once.

    The handler is attached to no logger: `propagate=False` (uvicorn, gunicorn), `dictConfig`
    and `basicConfig` neither hide records from it nor detach or double it. Other handlers run
    as ever, except those that the bridge stands in for; see `is_replaced`.
    """

    def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
        handler.handle(record)
        node: logging.Logger | None = logger
        while node is not None:
            for other in node.handlers:
                if record.levelno >= other.level and not is_replaced(other):
                    other.handle(record)
            node = node.parent if node.propagate else None

    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign,assignment]


def release() -> None:
    """Undo `capture`."""
    logging.Logger.callHandlers = _original  # type: ignore[method-assign]


def is_replaced(handler: logging.Handler) -> bool:
    """Tell whether the bridge does what a handler would do.

    OpenTelemetry's own handler would send every record twice; a handler that writes to
    standard output or error would print what has not been redacted.
    """
    kind = type(handler)
    if kind.__name__ == "LoggingHandler" and kind.__module__.startswith("opentelemetry."):
        return True
    stream: Any = getattr(handler, "stream", None)
    if stream is None:
        stream = getattr(getattr(handler, "console", None), "file", None)
    return stream is not None and any(
        stream is standard for standard in (sys.stderr, sys.stdout, sys.__stderr__, sys.__stdout__)
    )
