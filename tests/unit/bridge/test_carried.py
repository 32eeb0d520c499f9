"""What baggage becomes on a record."""

from __future__ import annotations

import logging

import pytest
from opentelemetry import baggage
from opentelemetry.context import attach, detach

from otel_logging.bridge.snapshot import Resolver, take


@pytest.mark.parametrize(
    ("carried", "roles"), [("user", ["user"]), ("user,admin", ["user", "admin"]), ("", [])]
)
def test_roles_are_a_list_wherever_they_come_from(carried: str, roles: list[str]) -> None:
    """The propagator joins them with commas; records have them as `set_user` gave them."""
    token = attach(baggage.set_baggage("user.roles", carried))
    try:
        snapshot = take(logging.LogRecord("shop", logging.INFO, "", 0, "hello", (), None))
    finally:
        detach(token)

    record = Resolver(frozenset({"user.roles"})).resolve(snapshot)

    assert record.attributes["user.roles"] == roles
