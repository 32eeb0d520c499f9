"""A logger with keyword attributes over the standard one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from otel_logging.bridge.snapshot import LEFT_OUT
from otel_logging.settings import TRACE

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPTIONS = ("exc_info", "stack_info", "stacklevel")
_RESERVED = LEFT_OUT | {"message", "asctime"}


class Logger:
    """Writes through `logging`, so levels, filters and other handlers work as ever.

    `log.info("paid", order_id=7)` is `logging.getLogger(name).info("paid", extra={"order_id":
    7})`. Attributes whose names are no Python identifiers go in `extra`.
    """

    __slots__ = ("_attributes", "_logger")

    def __init__(self, logger: logging.Logger, attributes: Mapping[str, Any] | None = None) -> None:
        self._logger = logger
        self._attributes = dict(attributes or {})

    @property
    def name(self) -> str:
        """Name of the logger: the instrumentation scope of its records."""
        return self._logger.name

    def bind(self, attributes: Mapping[str, Any] | None = None, /, **named: Any) -> Logger:
        """Return a logger that puts these attributes on every record it writes."""
        added = call_arguments({"extra": {**(attributes or {}), **named}})["extra"]
        return Logger(self._logger, {**self._attributes, **added})

    def is_enabled(self, level: int) -> bool:
        """Tell whether a record of this level would be written."""
        return self._logger.isEnabledFor(level)

    def trace(self, message: Any, /, *args: Any, **attributes: Any) -> None:
        """Write a record of level TRACE (5); see `log`."""
        self._write(TRACE, message, args, attributes)

    def debug(self, message: Any, /, *args: Any, **attributes: Any) -> None:
        """Write a record of level DEBUG; see `log`."""
        self._write(logging.DEBUG, message, args, attributes)

    def info(self, message: Any, /, *args: Any, **attributes: Any) -> None:
        """Write a record of level INFO; see `log`."""
        self._write(logging.INFO, message, args, attributes)

    def warning(self, message: Any, /, *args: Any, **attributes: Any) -> None:
        """Write a record of level WARNING; see `log`."""
        self._write(logging.WARNING, message, args, attributes)

    def error(self, message: Any, /, *args: Any, **attributes: Any) -> None:
        """Write a record of level ERROR; see `log`."""
        self._write(logging.ERROR, message, args, attributes)

    def critical(self, message: Any, /, *args: Any, **attributes: Any) -> None:
        """Write a record of level CRITICAL; see `log`."""
        self._write(logging.CRITICAL, message, args, attributes)

    def exception(self, message: Any, /, *args: Any, **attributes: Any) -> None:
        """Write a record of level ERROR with the exception being handled; see `log`."""
        attributes.setdefault("exc_info", True)
        self._write(logging.ERROR, message, args, attributes)

    def log(self, level: int, message: Any, /, *args: Any, **attributes: Any) -> None:
        """Write a record.

        Args:
            level: Python's numeric level.
            message: A format for `args`, a text, or a structured body.
            *args: What the format names.
            **attributes: Attributes by keyword; `exc_info`, `stack_info`, `stacklevel` and
                `extra` mean what they mean to `logging.Logger.log`.
        """
        self._write(level, message, args, attributes)

    def _write(
        self, level: int, message: Any, args: tuple[Any, ...], attributes: dict[str, Any]
    ) -> None:
        if not self._logger.isEnabledFor(level):
            return
        options = call_arguments(attributes)
        options["extra"] = {**self._attributes, **options["extra"]}
        options["stacklevel"] = options.get("stacklevel", 1) + 2
        self._logger.log(level, message, *args, **options)


def call_arguments(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments of a call of `logging` that carries these attributes.

    `exc_info`, `stack_info`, `stacklevel` and `extra` among them keep their meaning. Names that
    `logging` refuses, because its records have them, get an underscore at the end.
    """
    options = {name: attributes.pop(name) for name in _OPTIONS if name in attributes}
    extra = {**(attributes.pop("extra", None) or {}), **attributes}
    for name in extra.keys() & _RESERVED:
        extra[f"{name}_"] = extra.pop(name)
    return {"extra": extra, **options}


def get_logger(name: str) -> Logger:
    """Return the logger of a name; its records have this name as instrumentation scope."""
    return Logger(logging.getLogger(name))
