"""Unhandled exceptions are logged once, where their span is still current."""

from __future__ import annotations

import contextlib
import logging
from typing import Final

_MARK: Final = "__otel_logging_logged__"


def mark_logged(error: BaseException) -> None:
    """Tell the integrations that the application has logged this exception itself.

    Neither the integrations nor the server or event loop, whose own lines would come
    without a trace ID, log it again. For handlers that log with a severity of their own.
    """
    with contextlib.suppress(Exception):
        setattr(error, _MARK, True)


def error_type(error: BaseException) -> str:
    """Return `error.type`: the exception's qualified name."""
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def log_once(logger: logging.Logger, message: str, error: BaseException) -> None:
    """Log an exception with its stack trace as ERROR, unless it has been logged already."""
    if getattr(error, _MARK, False) or not logger.isEnabledFor(logging.ERROR):
        return
    logger.error(message, exc_info=error)
    mark_logged(error)


class _RepeatFilter(logging.Filter):
    """Drops records about exceptions that have been logged already."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep everything but a repeat."""
        error = record.exc_info[1] if record.exc_info else None
        return not getattr(error, _MARK, False)


def drop_repeats(*loggers: str) -> None:
    """Let loggers drop records about exceptions that have been logged already."""
    for target in map(logging.getLogger, loggers):
        if not any(isinstance(each, _RepeatFilter) for each in target.filters):
            target.addFilter(_RepeatFilter())


def keep_repeats(*loggers: str) -> None:
    """Undo `drop_repeats`."""
    for target in map(logging.getLogger, loggers):
        for each in list(target.filters):
            if isinstance(each, _RepeatFilter):
                target.removeFilter(each)
