"""DEBUG for one request, asked for by a signed header.

The header's value is `{claims}.{signature}`: base64url of a JSON object with `exp` (Unix seconds),
`who` and `why`, and of its HMAC-SHA-256 (RFC 2104) with a key that the services share. Without a
key nothing is read. A value is good until it expires, for as many requests as it is sent with.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Final

import msgspec

HEADER: Final = "x-log-debug"
"""Name of the header, in lower case."""

MAX_CHARS: Final = 512
MAX_SECONDS: Final = 3600
"""Longest time that a value can be good for."""

_debugging: ContextVar[bool] = ContextVar("otel_logging.debugging", default=False)
_is_enabled_for: Final = logging.Logger.isEnabledFor


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a value says.

    Attributes:
        exp: When it ends, in Unix seconds.
        who: Who asks for it.
        why: What for.
    """

    exp: float
    who: str = ""
    why: str = ""


def sign(claims: Claims, key: str) -> str:
    """Return the header's value for some claims."""
    payload = _encode(msgspec.json.encode(claims))
    return f"{payload}.{_signature(payload, key)}"


def verify(value: str, key: str) -> Claims | None:
    """Return the claims of a value, or None where it is forged, over, or good for too long."""
    payload, _, signature = value.partition(".")
    # Bytes: `compare_digest` refuses texts that are not ASCII.
    if len(value) > MAX_CHARS or not hmac.compare_digest(
        signature.encode(), _signature(payload, key).encode()
    ):
        return None
    try:
        decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        claims = msgspec.json.decode(decoded, type=Claims)
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        return None
    return claims if 0 < claims.exp - time.time() <= MAX_SECONDS else None


@contextlib.contextmanager
def debugging() -> Iterator[None]:
    """Let every logger write DEBUG, and what is above it, inside the block and what it starts."""
    token = _debugging.set(True)
    try:
        yield
    finally:
        _debugging.reset(token)


def allow_debugging() -> None:
    """Let loggers heed `debugging`. Calling it again changes nothing."""
    logging.Logger.isEnabledFor = _heeding(_is_enabled_for)  # type: ignore[method-assign,assignment]


def forbid_debugging() -> None:
    """Undo `allow_debugging`."""
    logging.Logger.isEnabledFor = _is_enabled_for  # type: ignore[method-assign]


def _heeding(
    is_enabled_for: Callable[[logging.Logger, int], bool],
) -> Callable[[logging.Logger, int], bool]:
    def is_enabled(logger: logging.Logger, level: int) -> bool:
        if is_enabled_for(logger, level):
            return True
        return _debugging.get() and level >= logging.DEBUG and not logger.disabled

    return is_enabled


def _signature(payload: str, key: str) -> str:
    return _encode(hmac.new(key.encode(), payload.encode(), hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
