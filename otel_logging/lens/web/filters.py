"""The filters of the pages, from a URL to a query and back."""

from __future__ import annotations

from typing import Any, Self

import msgspec
from starlette.datastructures import QueryParams

from otel_logging.backends import LogQuery, OverviewQuery, TraceQuery
from otel_logging.backends.times import point_in_time
from otel_logging.lens.web.addresses import address

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
AGES = ("5m", "15m", "1h", "6h", "24h", "7d", "all")
DEFAULT_AGE = "1h"
SHOWN = 200
MOST_SHOWN = 2000


class FilterError(ValueError):
    """A filter cannot be understood; the message says why."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What the filter bar of a page says; empty is not given.

    Attributes:
        severity: This level or above.
        text: Stands in a body or an attribute.
        attribute: Each `key=value`.
        since: An age, an RFC 3339 time, or `all`.
        until: An age or an RFC 3339 time; empty is now.
        live: Whether records go on coming.
        limit: The most rows.
        failed: Traces with a failed span only.
        longer: Traces at least so many milliseconds long.
        order: Traces: newest or longest first.
    """

    service: str = ""
    severity: str = ""
    text: str = ""
    scope: str = ""
    trace_id: str = ""
    span_id: str = ""
    user: str = ""
    attribute: tuple[str, ...] = ()
    since: str = DEFAULT_AGE
    until: str = ""
    live: bool = False
    limit: int = SHOWN
    failed: bool = False
    longer: float = 0
    order: str = "newest"

    @classmethod
    def read(cls, params: QueryParams) -> Self:
        """Return the filter of a query string; parameters of others are left alone.

        Raises:
            FilterError: When a value cannot be understood.
        """
        values: dict[str, Any] = {
            name: params[name].strip()
            for name in cls.__struct_fields__
            if params.get(name, "").strip()
        }
        given = (text.strip() for text in params.getlist("attribute"))
        values["attribute"] = tuple(text for text in given if text)
        if values.get("trace_id") and "since" not in values:
            values["since"] = "all"
        try:
            return msgspec.convert(values, cls, strict=False)
        except msgspec.ValidationError as error:
            raise FilterError(str(error)) from error

    def url(self, path: str, **changes: Any) -> str:
        """Return the address of a page under this filter, with some changes."""
        changed = msgspec.structs.replace(self, **changes)
        unsaid = {field.name: field.default for field in msgspec.structs.fields(self)}
        if changed.trace_id:
            unsaid["since"] = "all"
        values = msgspec.structs.asdict(changed)
        said = {name: _text(value) for name, value in values.items() if value != unsaid[name]}
        return address(path, said)

    @property
    def custom_range(self) -> bool:
        """Whether the range is not one of the ages to choose from."""
        return bool(self.until) or self.since not in AGES

    def logs(self) -> LogQuery:
        """Return the search.

        Raises:
            FilterError: When a value cannot be understood.
        """
        return LogQuery(
            service=self.service or None,
            severity=_level(self.severity),
            text=self.text or None,
            scope=self.scope or None,
            trace_id=self.trace_id or None,
            span_id=self.span_id or None,
            user=self.user or None,
            attributes=dict(_pair(text) for text in self.attribute),
            since_ns=self._since(),
            until_ns=_moment("until", self.until),
            limit=min(max(1, self.limit), MOST_SHOWN),
        )

    def traces(self) -> TraceQuery:
        """Return the list of traces that is wanted."""
        return TraceQuery(
            service=self.service or None,
            failed=self.failed,
            min_duration_ns=int(max(0.0, min(self.longer, 1e9)) * 1e6),
            since_ns=self._since(),
            until_ns=_moment("until", self.until),
            limit=min(max(1, self.limit), MOST_SHOWN),
            longest_first=self.order == "longest",
        )

    def overview(self) -> OverviewQuery:
        """Return what an overview is over."""
        return OverviewQuery(
            service=self.service or None,
            since_ns=self._since(),
            until_ns=_moment("until", self.until),
            limit=min(max(1, self.limit), MOST_SHOWN),
        )

    def _since(self) -> int | None:
        return None if self.since == "all" else _moment("since", self.since)


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise FilterError(f"attribute {text!r}: write KEY=VALUE")
    return key.strip(), value.strip()


def _level(name: str) -> str | None:
    if name and name.upper() not in LEVELS:
        raise FilterError(f"level {name!r}: choose one of {', '.join(LEVELS)}")
    return name or None


def _moment(name: str, text: str) -> int | None:
    if not text:
        return None
    try:
        return max(0, point_in_time(text))
    except (ValueError, OverflowError) as error:
        raise FilterError(
            f"{name} {text!r}: write an age such as 15m, or a time such as 2026-01-31T08:00:00Z"
        ) from error


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return list(value) if isinstance(value, tuple) else value
