"""The user of a request, once a token was verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import trace

from otel_logging import semconv
from otel_logging.context import add_request_attributes

if TYPE_CHECKING:
    from collections.abc import Iterable


def set_user(user_id: str, roles: Iterable[str] = ()) -> None:
    """Say who the request or message being served is for, once a token was verified.

    `user.id` and `user.roles` stand on all later records, access log included, and on the
    current span; the propagator sends them on as baggage where the allow-list
    (`OTLOG_BAGGAGE_KEYS`) names them. It works from worker threads too. Never pass what a
    caller merely claims.
    """
    attributes = {semconv.USER_ID: str(user_id), semconv.USER_ROLES: [*map(str, roles)]}
    add_request_attributes(attributes)
    trace.get_current_span().set_attributes(attributes)
