"""Times and ages as people write them, and as backends want them."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

_AGE = re.compile(r"(\d+)(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FRACTION = re.compile(r"\.(\d{1,9})\d*")


def unix_nanos(text: str) -> int:
    """Return an RFC 3339 time as Unix nanoseconds; without an offset it is UTC.

    Raises:
        ValueError: When it is not such a time.
    """
    fraction = _FRACTION.search(text)
    moment = datetime.fromisoformat(_FRACTION.sub("", text, count=1))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 10**9 + (int(fraction[1].ljust(9, "0")) if fraction else 0)


def rfc3339(time_ns: int) -> str:
    """Return Unix nanoseconds as an RFC 3339 time in UTC, with all nine digits."""
    seconds, nanos = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"


def point_in_time(text: str) -> int:
    """Return a time, or an age before now such as `90s`, `15m`, `2h`, `7d`, as Unix nanoseconds.

    Raises:
        ValueError: When it is neither.
    """
    age = _AGE.fullmatch(text)
    if age is None:
        return unix_nanos(text)
    return time.time_ns() - int(age[1]) * _SECONDS[age[2]] * 10**9


def clock(time_ns: int) -> str:
    """Return Unix nanoseconds as local date and time, to the millisecond."""
    moment = datetime.fromtimestamp(time_ns / 1e9, UTC).astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns // 10**6 % 1000:03d}"


def duration(nanos: int) -> str:
    """Return a length of time in three digits, or in whole seconds, with the unit that suits it."""
    for unit, size in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        value = nanos / size
        if float(f"{value:.3g}") >= 1:
            return f"{value:.3g} {unit}" if value < 999.5 else f"{value:.0f} {unit}"
    return f"{nanos} ns"
