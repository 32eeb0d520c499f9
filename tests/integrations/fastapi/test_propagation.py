"""The user goes along; what a stranger sends does not come in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Depends, FastAPI
from opentelemetry.propagate import get_global_textmap, inject, set_global_textmap

from otel_logging.integrations import fastapi as integration
from otel_logging.launcher.propagation import GuardedPropagator
from tests.integrations.fastapi.shop import client_of, log, make_app

STRANGER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@contextmanager
def guarded(*, edge: bool) -> Iterator[None]:
    """Propagate as the launcher sets it up."""
    before = get_global_textmap()
    keys = ("user.id", "user.roles")
    set_global_textmap(GuardedPropagator(before, keys, edge=edge, redact=dict))
    yield
    set_global_textmap(before)


async def test_user_follows_outgoing_calls(records, spans) -> None:
    """R1.6: the user set by a dependency is on records and span, and goes along as baggage."""
    app = FastAPI()
    sent: dict[str, str] = {}

    async def user() -> None:
        integration.set_user("u-1", ["admin", "clerk"])

    @app.get("/me", dependencies=[Depends(user)])
    async def me() -> None:
        log.info("hello")
        inject(sent)

    with guarded(edge=False):
        async with client_of(app) as client:
            await client.get("/me")

    (record,) = records.by("shop")
    (server,) = spans.get_finished_spans()
    assert record.attributes["user.id"] == server.attributes["user.id"] == "u-1"
    assert record.attributes["user.roles"] == ["admin", "clerk"]
    assert server.attributes["user.roles"] == ("admin", "clerk")
    assert dict(pair.split("=") for pair in sent["baggage"].split(",")) == {
        "user.id": "u-1",
        "user.roles": "admin%2Cclerk",
    }


async def test_user_does_not_outlive_the_request(records, spans) -> None:
    """The next request starts without a user."""
    async with client_of(make_app()) as client:
        await client.get("/thread/1")
        await client.get("/items/1")

    assert "user.id" not in records.by("shop")[-1].attributes


async def test_edge_starts_a_new_trace(records, spans) -> None:
    """R1.6: at the edge a stranger's trace context is not continued, nor their baggage taken."""
    headers = {"traceparent": STRANGER, "baggage": "user.id=admin"}
    with guarded(edge=True):
        async with client_of(make_app()) as client:
            response = await client.get("/items/1", headers=headers)

    (server,) = spans.get_finished_spans()
    assert server.parent is None
    assert response.headers["x-trace-id"] != STRANGER.split("-")[1]
    assert "user.id" not in records.by("shop")[0].attributes
