"""structlog: every method and level into the standard `logging`, and so into the bridge.

`instrument()` configures structlog to hand its events over unrendered: the event is the body,
everything bound is attributes, exceptions stay exceptions. An application that configures
structlog for itself keeps its processors, except those that render: console lines, JSON lines
and OTLP records are all made of the same record by the bridge, redacted.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import wrapt

from otel_logging.bridge.logger import call_arguments
from otel_logging.settings import TRACE

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping, Sequence

_DERIVED: Final = frozenset({"level", "level_number", "log_level", "logger", "timestamp"})
"""What structlog's own processors add and the record has anyway."""

_RENDERING: Final = frozenset(
    {
        "ConsoleRenderer",
        "JSONRenderer",
        "KeyValueRenderer",
        "LogfmtRenderer",
        "ExceptionRenderer",
        "format_exc_info",
        "dict_tracebacks",
        "ExceptionPrettyPrinter",
        "StackInfoRenderer",
        "UnicodeEncoder",
        "EventRenamer",
        "wrap_for_formatter",
        "render_to_log_kwargs",
        "render_to_log_args_and_kwargs",
        "PositionalArgumentsFormatter",
        "filter_by_level",
        "hand_over",
    }
)


_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "exception": logging.ERROR,
    "critical": logging.CRITICAL,
    "fatal": logging.CRITICAL,
}


def instrument() -> None:
    """Route structlog into `logging`. Without structlog it does nothing; again, nothing more."""
    if find_spec("structlog") is None:
        return
    structlog = _structlog()

    if isinstance(structlog.configure, wrapt.FunctionWrapper):
        return
    own = structlog.get_config()["processors"] if structlog.is_configured() else None
    wrapt.wrap_function_wrapper(structlog, "configure", _configure)
    structlog.configure(processors=own)


def uninstrument() -> None:
    """Give structlog its defaults back."""
    if find_spec("structlog") is None:
        return
    structlog = _structlog()

    if isinstance(structlog.configure, wrapt.FunctionWrapper):
        structlog.configure = structlog.configure.__wrapped__
        structlog.reset_defaults()


def _structlog() -> Any:
    """Import the optional dependency."""
    return import_module("structlog")


def hand_over(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Turn a structlog event into the arguments of a call of `logging`; the last processor."""
    attributes = {name: value for name, value in event.items() if name not in _DERIVED}
    body = attributes.pop("event", None)
    attributes.pop("_record", None)
    attributes.pop("_from_structlog", None)
    return (body,), call_arguments(attributes)


def _configure(
    wrapped: Callable[..., None], _: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    structlog = _structlog()

    own = args[0] if args else kwargs.get("processors")
    chosen = {name: value for name, value in kwargs.items() if name == "context_class"}
    wrapped(
        processors=_processors(own),
        wrapper_class=_bound_logger(),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
        **chosen,
    )


def _processors(own: Sequence[Any] | None) -> list[Any]:
    structlog = _structlog()

    if own is None:
        own = [structlog.contextvars.merge_contextvars]
    kept = [each for each in own if not _renders(each)]
    return [*kept, structlog.stdlib.PositionalArgumentsFormatter(), hand_over]


def _renders(processor: Any) -> bool:
    return getattr(processor, "__name__", type(processor).__name__) in _RENDERING


@functools.cache
def _bound_logger() -> type:
    """Make structlog's logger for `logging`, with levels of any number and TRACE."""
    structlog = _structlog()
    base: Any = structlog.stdlib.BoundLogger

    class BoundLogger(base):  # type: ignore[misc]
        def trace(self, event: Any = None, *args: Any, **attributes: Any) -> None:
            self.log(TRACE, event, *args, **attributes)

        def log(self, level: int, event: Any = None, *args: Any, **attributes: Any) -> None:
            if not self._logger.isEnabledFor(level):
                return
            if args:
                attributes["positional_args"] = args
            with contextlib.suppress(structlog.DropEvent):
                arguments, options = self._process_event("log", event, attributes)
                self._logger.log(level, *arguments, **options)

        def _proxy_to_logger(
            self, method_name: str, event: Any = None, *args: Any, **attributes: Any
        ) -> None:
            if method_name == "exception":
                attributes.setdefault("exc_info", True)
            self.log(_LEVELS[method_name], event, *args, **attributes)

    return BoundLogger
