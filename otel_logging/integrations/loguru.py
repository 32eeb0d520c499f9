"""loguru: every method and level into the standard `logging`, and so into the bridge.

`instrument()` makes the bridge loguru's sink. Sinks that write to standard output or error
are left out, since the bridge writes the console, redacted; files and others stay.
`logger.remove()` leaves the bridge in place.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import wrapt

from otel_logging.bridge.logger import call_arguments

if TYPE_CHECKING:
    from collections.abc import Callable

_sink_id: list[int] = []


def instrument() -> None:
    """Route loguru into `logging`. Without loguru it does nothing; again, nothing more."""
    if find_spec("loguru") is None or _sink_id:
        return
    logger = _logger()

    logger.remove()
    _add_bridge()
    kind = f"{type(logger).__name__}"
    wrapt.wrap_function_wrapper("loguru._logger", f"{kind}.add", _add)
    wrapt.wrap_function_wrapper("loguru._logger", f"{kind}.remove", _remove)


def uninstrument() -> None:
    """Give loguru its default sink back."""
    if not _sink_id:
        return
    logger = _logger()

    kind = type(logger)
    for name in ("add", "remove"):
        setattr(kind, name, kind.__dict__[name].__wrapped__)
    logger.remove(_sink_id.pop())
    logger.add(sys.stderr)


def _logger() -> Any:
    """Import the optional dependency's one logger."""
    return import_module("loguru").logger


def hand_over(message: Any) -> None:
    """Write one loguru message as a record of `logging`, with its own time and place."""
    record = message.record
    level, exception = record["level"], record["exception"]
    logger = logging.getLogger(record["name"] or "loguru")
    if not logger.isEnabledFor(level.no):
        return
    made = logger.makeRecord(
        logger.name,
        level.no,
        record["file"].path,
        record["line"],
        record["message"],
        (),
        (exception.type, exception.value, exception.traceback) if exception else None,
        record["function"],
        call_arguments(dict(record["extra"]))["extra"],
    )
    made.levelname = level.name
    made.created = record["time"].timestamp()
    made.threadName = record["thread"].name
    logger.handle(made)


def _add_bridge() -> None:
    logger = _logger()

    # A format that is a function keeps loguru from rendering exceptions, with local variables.
    _sink_id[:] = [
        logger.add(hand_over, level=0, format=lambda _: "", backtrace=False, diagnose=False)
    ]


def _add(wrapped: Callable[..., int], _: Any, args: Any, kwargs: Any) -> int:
    sink = args[0] if args else kwargs.get("sink")
    if any(sink is stream for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)):
        return _sink_id[0]
    return wrapped(*args, **kwargs)


def _remove(wrapped: Callable[..., None], _: Any, args: Any, kwargs: Any) -> None:
    handler = args[0] if args else kwargs.get("handler_id")
    if handler is not None:
        if handler not in _sink_id:
            wrapped(*args, **kwargs)
        return
    wrapped()
    _add_bridge()
