"""DEBUG for one request."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from otel_logging.integrations.fastapi.debug import accept, accept_none
from otel_logging.levels.request import HEADER, Claims, sign
from tests.integrations.conftest import Records
from tests.integrations.fastapi.shop import client_of

KEY = "k" * 32
log = logging.getLogger("shop.details")


@pytest.fixture
def app() -> FastAPI:
    """An app that has details to tell, in the route's own thread too."""
    app = FastAPI()

    @app.get("/item")
    async def item() -> None:
        log.debug("details")

    return app


@pytest.fixture
def _accepting() -> Iterator[None]:
    accept(KEY)
    yield
    accept_none()


async def _ask(app: FastAPI, value: str | None) -> httpx.Response:
    headers = {HEADER: value} if value is not None else {}
    async with client_of(app) as client:
        return await client.get("/item", headers=headers)


def _signed(key: str = KEY, seconds: float = 60) -> str:
    return sign(Claims(time.time() + seconds, "mia", "a try"), key)


@pytest.mark.usefixtures("_accepting")
async def test_a_signed_header_turns_debug_on_for_its_request(
    app: FastAPI, records: Records
) -> None:
    """The request's own details are written, with a record of it; the next one's are not."""
    await _ask(app, _signed())
    await _ask(app, None)

    details = records.by("shop.details")
    (told,) = records.by("otel_logging.levels")
    assert [record.level for record in details] == [logging.DEBUG]
    assert details[0].trace_id == told.trace_id


@pytest.mark.usefixtures("_accepting")
@pytest.mark.parametrize("value", [None, "x.y", _signed("x" * 32), _signed(seconds=-1)])
async def test_no_other_header_does(app: FastAPI, records: Records, value: str | None) -> None:
    """The request is served as if there were none."""
    response = await _ask(app, value)

    assert response.status_code == 200
    assert not records.by("shop.details")


async def test_without_a_key_no_header_does(app: FastAPI, records: Records) -> None:
    """It is off unless it was turned on."""
    await _ask(app, _signed())

    assert not records.by("shop.details")
