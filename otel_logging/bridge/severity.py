"""Python's levels as OpenTelemetry severities."""

from __future__ import annotations

from functools import lru_cache

_TEXT = {"WARNING": "WARN", "CRITICAL": "FATAL"}
_NAMES = ("UNSPECIFIED", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


@lru_cache(maxsize=256)
def severity(level: int, level_name: str) -> tuple[int, str]:
    """Return severity number and text of a level.

    Numbers from 10 on are those of OpenTelemetry's own handler: each decade is one severity,
    its units count up to the fourth step. Below 10 lies TRACE, which that handler gives up;
    `NOTSET` is unspecified. Custom names are kept as text.

    Source: OpenTelemetry log data model, "Mapping of SeverityNumber".
    """
    return _number(level), _TEXT.get(level_name, level_name)


def severity_name(number: int) -> str:
    """Return the short name of a severity number: DEBUG for 5 to 8, and so on."""
    return _NAMES[(number + 3) // 4]


def _number(level: int) -> int:
    if level <= 0:
        return 0
    if level < 10:
        return 1 + min(max(level - 5, 0), 3)
    decade = min(level // 10, 5)
    return 1 + 4 * decade + min(level - 10 * decade, 3)
