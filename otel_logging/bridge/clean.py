"""Redacted forms of what stays the same from record to record, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_logging.redaction.active import ActiveEngine
    from otel_logging.redaction.engine import Engine

MAX_NAMES: Final = 4_096


class CleanNames:
    """Names of loggers and levels without secrets in them."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._names: dict[str, str] = {}

    def clean(self, name: str, engine: Engine) -> str:
        """Return a name as the engine that redacts its record leaves it."""
        if self._engine is not engine or len(self._names) > MAX_NAMES:
            self._engine = engine
            self._names = {}
        cleaned = self._names.get(name)
        if cleaned is None:
            cleaned = self._names[name] = engine.text(name)
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
