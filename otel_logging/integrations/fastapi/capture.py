"""Bodies and queries as events carry them: redacted first, cut to a limit afterwards."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from otel_logging.events import Captured
from otel_logging.integrations.fastapi.request import Message, Scope
from otel_logging.integrations.fastapi.request_log_settings import RequestLogSettings
from otel_logging.redaction.active import in_force
from otel_logging.redaction.engine import Engine
from otel_logging.redaction.load import load_policy
from otel_logging.settings import Settings

_FORM = "application/x-www-form-urlencoded"


def _engine() -> Engine | None:
    """The engine that redacts what must be cut; None where redaction is off."""
    active = in_force()
    return _own_engine() if active is None else active.current


@cache
def _own_engine() -> Engine | None:
    """An engine by the same settings, where nothing was launched."""
    settings = Settings.from_environ(os.environ)
    if not settings.redaction:
        return None
    return Engine(load_policy(settings.policy), os.environ.get("OTEL_SERVICE_NAME"))


def prepare() -> None:
    """Read the redaction policy now rather than with the first request.

    Raises:
        PolicyError: The policy cannot be used.
        SettingsError: A setting cannot be used.
    """
    _engine()


def captured_query(scope: Scope, settings: RequestLogSettings) -> str | None:
    """The query string, if it is captured and there is one."""
    query: str = scope.get("query_string", b"").decode("latin-1")
    if not query or "query" not in settings.parts:
        return None
    if len(query) <= settings.limit:
        return query
    return _cut(query, settings.limit)[0]


class Body:
    """A body on its way through: its size, and what is held of it.

    Args:
        part: `request_body` or `response_body`.
        settings: What is captured.

    Attributes:
        size: Bytes that have passed.
    """

    __slots__ = ("_chunks", "_part", "_settings", "_type", "size")

    def __init__(self, part: str, settings: RequestLogSettings) -> None:
        self._part = part
        self._settings = settings
        self._type = ""
        self._chunks: list[bytes] | None = None
        self.size = 0

    @property
    def wanted(self) -> bool:
        """Whether it is captured, as far as its headers tell."""
        return self._chunks is not None

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """See by its headers whether it is to be captured: a body in the clear, of a known type."""
        found = dict(headers)
        self._type = found.get(b"content-type", b"").decode("latin-1").partition(";")[0].lower()
        encoded = found.get(b"content-encoding", b"identity") != b"identity"
        listed = self._part in self._settings.parts and self._type in self._settings.types
        self._chunks = [] if listed and not encoded else None

    def pass_on(self, message: Message) -> None:
        """Note a part of it; the message stays as it is."""
        chunk = message.get("body", b"")
        self.size += len(chunk)
        if self._chunks is None or not chunk:
            return
        if self.size <= self._settings.most:
            self._chunks.append(chunk)
        else:
            self._chunks.clear()

    def captured(self) -> Captured | None:
        """What the event says of it; only that it was long where it was too long to redact."""
        if self._chunks is None or not self.size:
            return None
        if self.size > self._settings.most:
            return Captured(f"[not captured: {self.size} bytes]", truncated=True)
        text = b"".join(self._chunks).decode("utf-8", "replace")
        content = _decoded(self._type, text)
        if len(text) <= self._settings.limit:
            return Captured(content)
        kept, truncated = _cut(content, self._settings.limit)
        return Captured(kept, truncated)


def _decoded(content_type: str, text: str) -> Any:
    """The value that a body stands for, so that rules by key and path reach it."""
    if content_type == _FORM:
        return parse_qs(text, keep_blank_values=True)
    if not content_type.endswith("json"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _cut(content: Any, limit: int) -> tuple[str, bool]:
    """Redact, then cut: half of a secret would not be recognised as one."""
    engine = _engine()
    redacted = content if engine is None else engine.body(content)
    text = redacted if isinstance(redacted, str) else json.dumps(redacted, ensure_ascii=False)
    return (f"{text[:limit]}…", True) if len(text) > limit else (text, False)
