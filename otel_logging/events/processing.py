"""Business events on their way: received, worked on, passed on, tried again, given up."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Literal

from otel_logging import semconv
from otel_logging.events.declare import Values, event

StageState = Literal["start", "step", "done", "failed"]


def _level_of_state(values: Values) -> int:
    return logging.WARNING if values.get("state") == "failed" else logging.INFO


@event(semconv.EVENT_EVENT_RECEIVED, "event received")
def event_received(
    *,
    event_type: str,
    source: str,
    size: int,
    time: dt.datetime | None = None,
    event_id: str | None = None,
) -> None:
    """An event came in.

    Args:
        event_type: What happened, such as `order.placed`.
        source: The service that says so.
        size: Size of the event as received, in bytes.
        time: When it happened, if the event says so.
        event_id: The event's own ID, if it has one.
    """


@event(semconv.EVENT_EVENT_STAGE, "event stage", level=_level_of_state)
def event_stage(
    *,
    stage: str,
    state: StageState,
    step: str | None = None,
    reason: str | None = None,
    event_type: str | None = None,
    event_id: str | None = None,
) -> None:
    """A stage of the processing began, advanced, or ended; WARNING when it failed.

    Args:
        stage: Name of the stage, one of a few, such as `charge`.
        state: `start`, `step`, `done` or `failed`.
        step: What was done in the stage, one of a few names; with the state `step`.
        reason: Why it failed, one of a few identifiers; with the state `failed`.
        event_type: Type of the event being processed, unless it is bound already.
        event_id: ID of the event being processed, unless it is bound already.
    """


@event(semconv.EVENT_EVENT_PUBLISHED, "event published")
def event_published(
    *, destination: str, event_type: str, summary: str, event_id: str | None = None
) -> None:
    """An event was handed to the broker, which confirmed it.

    Args:
        destination: The exchange or queue it went to.
        event_type: What happened, such as `order.completed`.
        summary: What it says, in a few words without personal data.
        event_id: ID of the published event.
    """


@event(semconv.EVENT_EVENT_RETRIED, "event will be tried again", level=logging.WARNING)
def event_retried(
    *,
    attempt: int,
    delay_seconds: float,
    reason: str,
    event_type: str | None = None,
    event_id: str | None = None,
) -> None:
    """Processing failed and is tried again later.

    Args:
        attempt: The attempt that failed; 1 is the first.
        delay_seconds: How long until the next one, in seconds.
        reason: Why it failed, one of a few identifiers, such as an exception's type.
        event_type: Type of the event, unless it is bound already.
        event_id: ID of the event, unless it is bound already.
    """


@event(semconv.EVENT_EVENT_DEAD_LETTERED, "event dead-lettered", level=logging.ERROR)
def event_dead_lettered(
    *,
    reason: str,
    attempt: int,
    destination: str | None = None,
    event_type: str | None = None,
    event_id: str | None = None,
) -> None:
    """An event was given up and put aside.

    Args:
        reason: Why, one of a few identifiers, such as `malformed`.
        attempt: The last attempt; 1 is the first.
        destination: Where it was put.
        event_type: Type of the event, unless it is bound already or not known.
        event_id: ID of the event, unless it is bound already or not known.
    """
