"""Reading a query string, strictly: what cannot be understood is refused, not ignored."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from otel_logging.store.errors import ParameterError
from otel_logging.store.queries.reader import TimeRange

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000
_FRACTION = re.compile(r"\.(\d{1,9})\d*")


def check_names(params: QueryParams, known: Collection[str]) -> None:
    """Refuse a parameter that the question does not have.

    Raises:
        ParameterError: Naming it and those that there are.
    """
    for name in params:
        if name not in known:
            raise ParameterError(name, params[name], f"unknown; known are {', '.join(known)}")


def limit(params: QueryParams) -> int:
    """Return `limit`, the most rows to answer with."""
    text = params.get("limit", str(DEFAULT_LIMIT))
    if not text.isdecimal() or len(text) > len(str(MAX_LIMIT)) or not 1 <= int(text) <= MAX_LIMIT:
        raise ParameterError("limit", text, f"must be a number from 1 to {MAX_LIMIT}")
    return int(text)


def descending(params: QueryParams) -> bool:
    """Return whether `order` asks for the newest first."""
    text = params.get("order", "desc")
    if text not in {"asc", "desc"}:
        raise ParameterError("order", text, "must be asc (oldest first) or desc")
    return text == "desc"


def choice(params: QueryParams, name: str, known: Mapping[str, str]) -> str:
    """Return what a parameter's word stands for; the first when absent."""
    text = params.get(name, next(iter(known)))
    if text not in known:
        raise ParameterError(name, text, f"must be {' or '.join(known)}")
    return known[text]


def flag(params: QueryParams, name: str) -> bool:
    """Return a parameter that is true or false; false when absent."""
    text = params.get(name, "false").lower()
    if text not in {"true", "false"}:
        raise ParameterError(name, text, "must be true or false")
    return text == "true"


def number(params: QueryParams, name: str) -> float:
    """Return a parameter that is a number not below 0; 0 when absent."""
    text = params.get(name, "0")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ParameterError(name, text, "must be a number, 0 or more")
    return value


def time_range(params: QueryParams) -> TimeRange:
    """Return `since` and `until`, both included."""
    return TimeRange(_time(params, "since"), _time(params, "until"))


def _time(params: QueryParams, name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if text.isdecimal():
        return min(int(text), 2**63 - 1)
    try:
        return rfc3339_ns(text)
    except ValueError as error:
        raise ParameterError(name, text, "must be RFC 3339 or Unix nanoseconds") from error


def rfc3339_ns(text: str) -> int:
    """Return an RFC 3339 time as Unix nanoseconds; without an offset it is UTC.

    Raises:
        ValueError: When it is not such a time.
    """
    fraction = _FRACTION.search(text)
    moment = datetime.fromisoformat(_FRACTION.sub("", text, count=1))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    nanos = int(fraction[1].ljust(9, "0")) if fraction else 0
    return int(moment.timestamp()) * 10**9 + nanos


def rfc3339(time_ns: int) -> str:
    """Return Unix nanoseconds as an RFC 3339 time in UTC, with all nine digits."""
    seconds, nanos = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"
