"""Apps made before, mounted, and after taking the patches out."""

from __future__ import annotations

import httpx
from fastapi import FastAPI, Request

from otel_logging.integrations import fastapi as integration
from tests.integrations.fastapi.shop import client_of, log, make_app, served


async def test_mounted_app(records, spans) -> None:
    """A mounted app that is instrumented too belongs to the outer request."""
    outer = FastAPI()
    outer.mount("/inner", make_app())

    @outer.middleware("http")
    async def around(request: Request, call_next):
        response = await call_next(request)
        log.info("served")
        return response

    async with served(outer, root_path="/proxy") as url, httpx.AsyncClient() as client:
        response = await client.get(f"{url}/inner/thread/3")

    last = records.by("shop")[-1]
    assert response.headers.get_list("x-trace-id") == [last.trace_id]
    assert last.attributes["http.route"] == "/inner/thread/{item_id}"
    assert last.attributes["user.id"] == "from-a-thread"


async def test_app_that_has_served_already(records, spans) -> None:
    """`instrument_app` reaches an app whose middleware was built before."""
    integration.uninstrument()
    app = make_app()
    async with client_of(app) as client:
        before = await client.get("/items/1")
        integration.instrument_app(app)
        after = await client.get("/items/1")

    assert "x-trace-id" not in before.headers
    assert after.headers["x-trace-id"] == records.by("shop")[-1].trace_id


async def test_uninstrument_leaves_nothing(records, spans) -> None:
    """After `uninstrument` an app serves as if it had never been instrumented."""
    app = make_app()
    async with client_of(app) as client:
        await client.get("/items/1")
        spans.clear()
        integration.uninstrument()
        response = await client.get("/items/1")

    assert "x-trace-id" not in response.headers
    assert records.by("shop")[-1].attributes == {}


async def test_instrumenting_twice_changes_nothing(records, spans) -> None:
    """One `uninstrument` takes back what two `instrument` did."""
    integration.instrument()
    integration.uninstrument()
    async with client_of(make_app()) as client:
        response = await client.get("/items/1")

    assert "x-trace-id" not in response.headers
