"""R3.1: each error is one record, with severity, attributes and stack of its class."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.gateway.app import create_app
from services.gateway.failures import StackForm
from services.gateway.settings import Settings, SettingsError
from tests.services.conftest import ALICE, ORDER
from tests.services.running import client_of, served


@dataclass(frozen=True)
class Case:
    """A request, and the one record that it must leave."""

    name: str
    method: str
    path: str
    status: int
    error_class: str
    error_type: str
    level: str
    body: object = None
    logged_in: bool = False


CASES = [
    Case("unknown path", "GET", "/nowhere", 404, "client", "404", "WARNING"),
    Case("wrong method", "GET", "/auth/login", 405, "client", "405", "WARNING"),
    Case("bad login", "POST", "/auth/login", 422, "client", "invalid_request", "WARNING", {}),
    Case("bad order", "POST", "/orders", 422, "client", "invalid_request", "WARNING", {},
         logged_in=True),
    Case("no token", "POST", "/orders", 401, "client", "token_missing", "WARNING", ORDER),
    Case("other's order", "GET", "/orders/1", 404, "client", "unknown_order", "WARNING", None,
         logged_in=True),
    Case(
        "wrong password", "POST", "/auth/login", 401, "client", "wrong_credentials", "WARNING",
        {"username": "alice", "password": "wrong"},
    ),
    Case("taken", "POST", "/auth/register", 409, "client", "username_taken", "WARNING", ALICE),
    Case(
        "no event-service", "POST", "/orders", 503, "dependency", "httpx.ConnectError", "ERROR",
        ORDER, logged_in=True,
    ),
    Case("bug", "GET", "/bug", 500, "bug", "RuntimeError", "CRITICAL"),
    Case("bug behind a token", "GET", "/bug", 500, "bug", "RuntimeError", "CRITICAL", None,
         logged_in=True),
]  # fmt: skip


@asynccontextmanager
async def gateway(
    auth_app: FastAPI, nowhere: str, stack: StackForm
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
    """A gateway with a defect and without event-service, and the headers of a user."""
    async with served(auth_app) as auth_url:
        settings = Settings(
            auth_url=auth_url,
            event_url=f"http://{nowhere}",
            amqp_url=f"amqp://{nowhere}/",
            request_timeout=30,
            stack=stack,
        )
        app = create_app(settings)

        @app.get("/bug")
        async def bug() -> None:
            raise RuntimeError("nobody foresaw this")

        async with client_of(app) as client:
            await client.post("/auth/register", json=ALICE)
            pair = (await client.post("/auth/login", json=ALICE)).json()
            yield client, {"Authorization": f"Bearer {pair['access_token']}"}


def failures(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Every record that has an error class, or a stack in any form."""
    marks = ("gateway.error.class", "exception.stacktrace")
    records = map(vars, caplog.records)
    return [r for r in records if r["exc_info"] or any(mark in r for mark in marks)]


@pytest.mark.parametrize("stack", ["full", "compact"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_each_error_is_one_record(
    case: Case, stack: StackForm, auth_app: FastAPI, nowhere: str, caplog: pytest.LogCaptureFixture
):
    """The table: error class and endpoint → status, severity, attributes, stack; one record."""
    async with gateway(auth_app, nowhere, stack) as (client, user):
        caplog.clear()
        answer = await client.request(
            case.method, case.path, json=case.body, headers=user if case.logged_in else {}
        )
        found = [f for f in failures(caplog) if not f["name"].endswith("outcomes")]

    assert answer.status_code == case.status
    assert answer.headers["content-type"] == "application/problem+json"
    (record,) = found
    assert record["levelname"] == case.level
    assert record["gateway.error.class"] == case.error_class
    assert record["error.type"] == case.error_type
    assert record["http.response.status_code"] == case.status
    stack_of(record, case.error_class, stack)


def stack_of(record: dict[str, Any], error_class: str, stack: StackForm) -> None:
    """Check the form of a record's stack."""
    if error_class == "client":
        assert record["exc_info"] is None
        assert "exception.stacktrace" not in record
    elif stack == "full":
        assert record["exc_info"][2] is not None
    else:
        assert record["exc_info"] is None
        text = record["exception.stacktrace"]
        assert "site-packages" not in text
        assert record["exception.type"].rpartition(".")[2] in text.splitlines()[-1]
        own = "test_gateway_errors.py" if error_class == "bug" else "services/gateway/dependency.py"
        assert own in text


async def test_compact_stack_keeps_the_cause(
    auth_app: FastAPI, nowhere: str, caplog: pytest.LogCaptureFixture
):
    """What led to the error is named, in the order in which it happened."""
    async with gateway(auth_app, nowhere, "compact") as (client, user):
        caplog.clear()
        await client.post("/orders", json=ORDER, headers=user)
        (record,) = [f for f in failures(caplog) if "gateway.error.class" in f]

    text = record["exception.stacktrace"]
    assert text.index("httpx.ConnectError") < text.rindex("led to")
    assert text.rindex("led to") < text.index("DependencyError")
    assert (record["service.peer.name"], record["exception.message"]) == (
        "event-service",
        "event-service cannot be reached",
    )


@pytest.mark.parametrize(
    ("environ", "form"),
    [
        ({}, "full"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "a=b,deployment.environment.name=production"}, "compact"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=staging"}, "full"),
        ({"GATEWAY_STACK": "compact"}, "compact"),
        (
            {
                "GATEWAY_STACK": "full",
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=production",
            },
            "full",
        ),
    ],
)
def test_form_of_stacks(environ: dict[str, str], form: str):
    """Compact in production, whole elsewhere, unless it is said."""
    urls = {"GATEWAY_AUTH_URL": "http://h", "GATEWAY_EVENT_URL": "http://h"}
    settings = Settings.from_environ({**urls, "GATEWAY_AMQP_URL": "amqp://h/", **environ})

    assert settings.stack == form
    with pytest.raises(SettingsError, match="GATEWAY_STACK"):
        Settings.from_environ({**urls, "GATEWAY_AMQP_URL": "amqp://h/", "GATEWAY_STACK": "tall"})
