"""Deleting one person's data."""

from __future__ import annotations

from typing import Any

import httpx

from tests.store import otlp
from tests.unit.store.conftest import NOW, OpenStore

MINA = "7a174df2-463f-4fa0-bf98-e65ab2610302"
OTHER = "11111111-463f-4fa0-bf98-e65ab2610302"
TRACE = b"\1" * 16
HOUR = 3600 * 10**9


async def send(client: httpx.AsyncClient, signal: str, request: Any) -> None:
    """Deliver a request."""
    answer = await client.post(f"/v1/{signal}", content=request.SerializeToString())
    assert answer.status_code == 200


async def fill(client: httpx.AsyncClient) -> None:
    """Store what two people did, in two slices."""
    for at in (NOW, NOW - HOUR):
        records = [
            otlp.log("mine", at, attributes={"user.id": MINA}),
            otlp.log(f"GET /users/{MINA}", at),
            otlp.log("yours", at, attributes={"user.id": OTHER}),
            otlp.log("nobody's", at),
        ]
        await send(client, "logs", otlp.logs(*records))
    spans = [
        otlp.span(TRACE, b"\1" * 8, NOW, attributes={"user.id": MINA}),
        otlp.span(TRACE, b"\2" * 8, NOW, attributes={"user.id": OTHER}),
    ]
    await send(client, "traces", otlp.traces(*spans))
    await send(client, "metrics", otlp.gauge("cart", 1, NOW, **{"user.id": MINA}))


async def bodies(client: httpx.AsyncClient) -> list[str]:
    """Return all bodies, sorted."""
    records = (await client.get("/api/logs")).json()["records"]
    return sorted(record["body"] for record in records)


async def test_a_person_is_gone_from_every_table_and_slice(client: httpx.AsyncClient) -> None:
    """Rows by user.id and rows that name the person go; a search of all columns finds nothing."""
    await fill(client)
    before = (await client.post("/api/scan", json={"needles": [MINA]})).json()["findings"]

    answer = await client.delete(f"/api/people/{MINA}")

    after = (await client.post("/api/scan", json={"needles": [MINA]})).json()["findings"]
    assert before
    assert answer.json() == {"deleted": 6}
    assert after == []
    assert await bodies(client) == ["nobody's", "nobody's", "yours", "yours"]
    assert len((await client.get(f"/api/traces/{TRACE.hex()}")).json()["spans"]) == 1


async def test_no_file_holds_the_person_after_the_answer(opened: OpenStore) -> None:
    """The files are written anew: deleting rows alone would leave their blocks."""
    unpacked = "mina-" + "x7Kq" * 3
    async with opened as client:
        await send(client, "logs", otlp.logs(otlp.log("a", NOW, attributes={"user.id": unpacked})))
        await send(client, "logs", otlp.logs(otlp.log("kept", NOW)))
    stored = b"".join(path.read_bytes() for path in opened.folder.glob("*.duckdb"))
    async with opened as client:
        await client.delete(f"/api/people/{unpacked}")
        left = b"".join(path.read_bytes() for path in opened.folder.iterdir() if path.is_file())
        assert await bodies(client) == ["kept"]

    assert unpacked.encode() in stored
    assert unpacked.encode() not in left


async def test_the_store_goes_on_and_opens_again(opened: OpenStore) -> None:
    """New records go into the rewritten slice, also after a restart; remains of a crash go."""
    async with opened as client:
        await fill(client)
        await client.delete(f"/api/people/{MINA}")
        await send(client, "logs", otlp.logs(otlp.log("new", NOW)))
    (opened.folder / "20251124T16.duckdb.fresh").write_bytes(b"cut short")
    async with opened as client:
        assert "new" in await bodies(client)
    assert not list(opened.folder.glob("*.fresh*"))


async def test_a_short_id_counts_as_user_id_only(client: httpx.AsyncClient) -> None:
    """`7` would stand in nearly every record."""
    records = [otlp.log("own", NOW, attributes={"user.id": "7"}), otlp.log("7 apples", NOW)]
    await send(client, "logs", otlp.logs(*records))

    assert (await client.delete("/api/people/7")).json() == {"deleted": 1}
    assert await bodies(client) == ["7 apples"]
    assert (await client.delete("/api/people/")).status_code == 400
