"""What the request log captures, from environment variables of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from otel_logging.settings import SettingsError

PARTS: Final = ("query", "request_body", "response_body")

TYPES: Final = (
    "application/json",
    "application/problem+json",
    "application/x-www-form-urlencoded",
    "text/plain",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLogSettings:
    """What is captured of each request, and how much.

    Attributes:
        parts: Which of `query`, `request_body` and `response_body`; none by default.
        types: Content types whose bodies are captured; of others only the size is told.
        limit: Characters that are kept of each part, after redaction.
        most: Bytes of a body that are held to be redacted; a longer one is not captured.
        slow: Seconds after which a request is slow.
    """

    parts: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset(TYPES)
    limit: int = 2048
    most: int = 64 * 1024
    slow: float = 1.0

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read `OTLOG_CAPTURE`, `OTLOG_CAPTURE_TYPES`, `OTLOG_CAPTURE_LIMIT`, `OTLOG_SLOW_REQUEST`.

        `OTLOG_CAPTURE` is `off`, `all`, or parts separated by commas.

        Raises:
            SettingsError: A variable has a value that cannot be used.
        """
        return cls(
            parts=_parts(environ.get("OTLOG_CAPTURE", "").strip().lower()),
            types=frozenset(_words(environ.get("OTLOG_CAPTURE_TYPES", ""))) or frozenset(TYPES),
            limit=int(_positive(environ, "OTLOG_CAPTURE_LIMIT", cls().limit, whole=True)),
            slow=_positive(environ, "OTLOG_SLOW_REQUEST", cls().slow),
        )


def _words(text: str) -> list[str]:
    return [word for word in (each.strip().lower() for each in text.split(",")) if word]


def _parts(text: str) -> frozenset[str]:
    if text in ("", "off", "none"):
        return frozenset()
    parts = frozenset(PARTS if text == "all" else _words(text))
    if not parts <= set(PARTS):
        expected = f"expected off, all, or some of {', '.join(PARTS)}"
        raise SettingsError("OTLOG_CAPTURE", text, expected)
    return parts


def _positive(
    environ: Mapping[str, str], name: str, default: float, *, whole: bool = False
) -> float:
    text = environ.get(name, "").strip()
    if not text:
        return default
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = -1
    if not 0 < number < float("inf"):
        kind = "whole number" if whole else "number"
        raise SettingsError(name, text, f"expected a positive {kind}")
    return number
