"""Stages of processing: each is a span, and events at its start, its steps and its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import trace

from otel_logging.events import event_stage

tracer = trace.get_tracer(__name__)


class StageError(Exception):
    """A stage ends without success, foreseen; another attempt would not change that.

    Attributes:
        reason: why, as one of a few identifiers.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that runs."""

    name: str

    def step(self, step: str) -> None:
        """Say what was done in it."""
        event_stage(stage=self.name, state="step", step=step)


@contextmanager
def stage(name: str) -> Iterator[Stage]:
    """Run a stage; an exception that leaves the block is why it failed."""
    with tracer.start_as_current_span(name):
        event_stage(stage=name, state="start")
        try:
            yield Stage(name)
        except Exception as error:
            event_stage(stage=name, state="failed", reason=reason_of(error))
            raise
        event_stage(stage=name, state="done")


def reason_of(error: Exception) -> str:
    """Why something failed: a stage's own reason, or the exception's type."""
    if isinstance(error, StageError):
        return error.reason
    kind = type(error)
    in_builtins = kind.__module__ == "builtins"
    return kind.__qualname__ if in_builtins else f"{kind.__module__}.{kind.__qualname__}"
