"""DEBUG for a request that brings a signed header; see `otel_logging.levels.request`."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Iterator, MutableMapping
from typing import Any, Final

from otel_logging import semconv
from otel_logging.levels.request import (
    HEADER,
    Claims,
    allow_debugging,
    debugging,
    forbid_debugging,
    verify,
)

_logger = logging.getLogger("otel_logging.levels")
_HEADER: Final = HEADER.encode()
_AS_EVER: Final = contextlib.nullcontext()
_keys: list[str] = []


def accept(key: str) -> None:
    """Heed headers that are signed with a key, and no other."""
    _keys[:] = [key]
    allow_debugging()


def accept_none() -> None:
    """Heed no header."""
    _keys.clear()
    forbid_debugging()


def debug_if_asked(scope: MutableMapping[str, Any]) -> contextlib.AbstractContextManager[None]:
    """Serve an HTTP request at DEBUG where its header says so; say who asked and why."""
    claims = _claims(scope) if _keys else None
    return _AS_EVER if claims is None else _at_debug(claims)


@contextlib.contextmanager
def _at_debug(claims: Claims) -> Iterator[None]:
    with debugging():
        _tell(claims)
        yield


def _claims(scope: MutableMapping[str, Any]) -> Claims | None:
    for name, value in scope["headers"]:
        if name == _HEADER:
            return verify(value.decode("latin-1"), _keys[0])
    return None


def _tell(claims: Claims) -> None:
    expires = dt.datetime.fromtimestamp(claims.exp, dt.UTC)
    known = {
        semconv.OTEL_EVENT_NAME: semconv.EVENT_LEVELS_REQUEST_DEBUG,
        semconv.OTLOG_LEVELS_EXPIRES_AT: expires.isoformat(),
        semconv.USER_NAME: claims.who or None,
        semconv.OTLOG_LEVELS_REASON: claims.why or None,
    }
    given = {name: value for name, value in known.items() if value is not None}
    _logger.info("this request is logged at DEBUG", extra=given)
