"""What may be told of an address and of an answer: neither a token nor a password."""

from __future__ import annotations

import httpx


def without_secret(url: str) -> str:
    """Return a URL without user and password."""
    return str(httpx.URL(url).copy_with(userinfo=b""))


def reason(error: Exception) -> str:
    """Return why there is no answer; the error's own words would repeat the whole URL."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"answered {error.response.status_code}"
    return str(error) or type(error).__name__
