"""Settings of event-service, from the environment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from services.event_service.batches import Limits

REQUEST_TIMEOUT = 3.0
RETRY_PAUSE = 0.5
PREFETCH = 10


class SettingsError(ValueError):
    """A variable is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What event-service needs to run.

    Attributes:
        amqp_url: the broker.
        auth_url: base URL of auth-service.
        request_timeout: seconds to wait for auth-service or for the broker.
        retry_pause: seconds before the second attempt at an event; doubled before the third.
        prefetch: events that are delivered before the first is acknowledged.
        batch: when a batch is full.
        seen_file: where the IDs of messages that were dealt with outlive the process.
    """

    amqp_url: str = field(repr=False)
    auth_url: str
    request_timeout: float = REQUEST_TIMEOUT
    retry_pause: float = RETRY_PAUSE
    prefetch: int = PREFETCH
    batch: Limits = field(default_factory=Limits)
    seen_file: Path | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables that begin with `EVENT_`.

        Raises:
            SettingsError: when a variable is missing or wrong.
        """
        batch = Limits()
        broker = "amqp://guest:guest@127.0.0.1:5672/"
        seen_file = environ.get("EVENT_SEEN_FILE", "")
        return cls(
            amqp_url=_url(environ, "EVENT_AMQP_URL", ("amqp", "amqps"), broker),
            auth_url=_url(environ, "EVENT_AUTH_URL", ("http", "https"), "http://127.0.0.1:8001"),
            request_timeout=_seconds(environ, "EVENT_REQUEST_TIMEOUT", REQUEST_TIMEOUT),
            retry_pause=_seconds(environ, "EVENT_RETRY_PAUSE", RETRY_PAUSE),
            prefetch=_number(environ, "EVENT_PREFETCH", PREFETCH),
            batch=Limits(
                size=_number(environ, "EVENT_BATCH_SIZE", batch.size),
                seconds=_seconds(environ, "EVENT_BATCH_SECONDS", batch.seconds),
            ),
            seen_file=Path(seen_file) if seen_file else None,
        )


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...], example: str) -> str:
    url = environ.get(name, "")
    if not url:
        raise SettingsError(f"{name} is not set: set it to a URL such as {example}")
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise SettingsError(f"{name} is no {' or '.join(schemes)} URL: use one such as {example}")
    return url


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "") or str(default)
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise SettingsError(f"{name} is {text!r}: give a number of seconds above 0")
    return seconds


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "") or str(default)
    if not text.isdecimal() or int(text) == 0:
        raise SettingsError(f"{name} is {text!r}: give a whole number, 1 or more")
    return int(text)
