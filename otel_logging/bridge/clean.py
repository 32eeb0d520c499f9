"""Redacted forms of what stays the same from record to record, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_logging.redaction.active import ActiveEngine
    from otel_logging.redaction.engine import Engine

MAX_NAMES: Final = 4_096


class CleanNames(dict[str, str]):
    """Names of loggers and levels, each with its form without secrets.

    Args:
        engine: What redacts them.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine

    def __missing__(self, name: str) -> str:
        """Redact a name that is not known yet, and remember it."""
        if len(self) >= MAX_NAMES:
            self.clear()
        cleaned = self[name] = self.engine.text(name)
        return cleaned


class CleanResource:
    """The attributes of the resource without secrets in them.

    Args:
        active: The engine in force.
        attributes: Returns the attributes as they are; another mapping means they changed.
    """

    def __init__(self, active: ActiveEngine, attributes: Callable[[], Mapping[str, Any]]) -> None:
        self._active = active
        self._attributes = attributes
        self._made_of: tuple[Any, Any] = (None, None)
        self._clean: dict[str, Any] = {}

    def __call__(self) -> dict[str, Any]:
        """Return the attributes as the engine in force leaves them."""
        source = (self._active.current, self._attributes())
        if self._made_of[0] is not source[0] or self._made_of[1] is not source[1]:
            with self._active.in_use():
                self._clean = source[0].attributes(source[1])
            self._made_of = source
        return self._clean
