"""Whether clocks agree: of this machine and who answers, and of services among each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from otel_logging.backends import Span

_TIMEOUT: Final = 10.0
_ROUNDED: Final = 1.0
"""Seconds by which a `Date` header may be behind: it has whole seconds only."""

_AFTER_ITS_CALLER: Final = {"SERVER"}


def offset(url: str, now: Callable[[], float] = time.time) -> float | None:
    """Return how many seconds a server's clock is ahead of ours, to a second.

    None when it does not say. Source: RFC 9110, section 6.6.1, "Date".
    """
    before = now()
    try:
        answer = httpx.get(url, timeout=_TIMEOUT)
        told = parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
        return None
    after = now()
    if told + _ROUNDED < before:
        return told + _ROUNDED - before
    return max(0.0, told - after)


def between_services(spans: Iterable[Span]) -> Iterator[tuple[str, str, float]]:
    """Yield caller, callee and seconds by which the callee's clock is ahead at least.

    A span cannot begin before the span that caused it, nor can the server's begin after the
    client has its answer; what is beyond is the clocks' difference.
    """
    every = {span.span_id: span for span in spans}
    for span in every.values():
        above = every.get(span.parent_span_id or "")
        if above is None or above.service == span.service:
            continue
        early = above.start_unix_nano - span.start_unix_nano
        late = span.start_unix_nano - above.end_unix_nano
        if early > 0:
            yield above.service, span.service, -early / 1e9
        elif late > 0 and span.kind in _AFTER_ITS_CALLER and above.kind == "CLIENT":
            yield above.service, span.service, late / 1e9
