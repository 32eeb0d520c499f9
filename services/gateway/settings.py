"""Settings of the gateway, from the environment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from otel_logging.integrations.fastapi import RequestLogSettings
from services.gateway.failures import StackForm

REQUEST_TIMEOUT = 5.0
MAX_ORDERS = 10_000


class SettingsError(ValueError):
    """A variable is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the gateway needs to run.

    Attributes:
        auth_url: base URL of auth-service.
        event_url: base URL of event-service.
        amqp_url: the broker that outcomes come from.
        request_timeout: seconds to wait for another service.
        max_orders: how many orders are remembered; the oldest are forgotten.
        stack: how the stacks of errors are written.
        request_log: what is told of each request.
    """

    auth_url: str
    event_url: str
    amqp_url: str = field(repr=False)
    request_timeout: float = REQUEST_TIMEOUT
    max_orders: int = MAX_ORDERS
    stack: StackForm = "full"
    request_log: RequestLogSettings = field(default_factory=RequestLogSettings)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables that begin with `GATEWAY_`, and those of the request log.

        Raises:
            SettingsError: when a variable is missing or wrong.
            otel_logging.SettingsError: when one of the request log is wrong.
        """
        web, broker = ("http", "https"), ("amqp", "amqps")
        return cls(
            auth_url=_url(environ, "GATEWAY_AUTH_URL", web, "http://127.0.0.1:8001"),
            event_url=_url(environ, "GATEWAY_EVENT_URL", web, "http://127.0.0.1:8002"),
            amqp_url=_url(
                environ, "GATEWAY_AMQP_URL", broker, "amqp://guest:guest@127.0.0.1:5672/"
            ),
            request_timeout=_positive(environ, "GATEWAY_REQUEST_TIMEOUT", REQUEST_TIMEOUT),
            max_orders=math.ceil(_positive(environ, "GATEWAY_MAX_ORDERS", MAX_ORDERS)),
            stack=_stack(environ),
            request_log=RequestLogSettings.from_environ(environ),
        )


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...], example: str) -> str:
    url = environ.get(name, "")
    if not url:
        raise SettingsError(f"{name} is not set: set it to a URL such as {example}")
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise SettingsError(f"{name} is no {' or '.join(schemes)} URL: use one such as {example}")
    return url


def _stack(environ: Mapping[str, str]) -> StackForm:
    """As `GATEWAY_STACK` says; by default compact in production, where space is dear."""
    form = environ.get("GATEWAY_STACK", "")
    if form in ("full", "compact"):
        return "compact" if form == "compact" else "full"
    if form:
        raise SettingsError(f"GATEWAY_STACK is {form!r}: use full or compact")
    resource = environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(",")
    return "compact" if "deployment.environment.name=production" in resource else "full"


def _positive(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "") or str(default)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise SettingsError(f"{name} is {text!r}: give a number above 0")
    return number
