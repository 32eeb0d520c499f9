"""Looking for planted secrets in what was kept of a canary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import httpx
import msgspec

from otel_logging.audit import Needles
from otel_logging.backends import BackendError
from otel_logging.doctor.planted import Planted
from otel_logging.doctor.told import reason, without_secret

_TIMEOUT: Final = 120.0


def in_what_was_read(planted: Planted, *read: Any) -> list[str]:
    """Return the surfaces whose secret stands in something read back, in any of its forms."""
    needles = Needles([*planted.secrets.values()])
    found: set[int] = set()
    for one in read:
        content = one.encode() if isinstance(one, str) else msgspec.json.encode(one)
        found |= {number - 1 for _, _, number, _ in needles.hits(content)}
    return planted.surfaces(found)


def in_store(planted: Planted, url: str) -> list[str]:
    """Return the surfaces whose secret stands anywhere in an embedded store's files.

    Raises:
        BackendError: The store does not answer.
    """
    found = _scan(url, [*planted.secrets.values()])
    return planted.surfaces(one["needle_index"] for one in found)


def _scan(url: str, needles: Sequence[str]) -> list[dict[str, Any]]:
    try:
        answer = httpx.post(
            f"{url.rstrip('/')}/api/scan", json={"needles": needles}, timeout=_TIMEOUT
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["findings"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        told = f"{without_secret(url)} could not be searched: {reason(error)}"
        raise BackendError(told) from None
    return found
