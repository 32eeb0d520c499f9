"""Records over several slices: the first of them, in order, from either end."""

from __future__ import annotations

import httpx
import pytest

from otel_logging.store.settings import NANOS_PER_HOUR
from tests.store import otlp
from tests.unit.store.conftest import NOW

HOURS = 6
EACH = 3


@pytest.mark.parametrize("limit", [1, 4, 10, 100])
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_the_first_records_come_in_order_over_slices(
    client: httpx.AsyncClient, order: str, limit: int
) -> None:
    """However many slices they are in, none is left out, doubled or out of place."""
    times = [NOW - hour * NANOS_PER_HOUR - n for hour in range(HOURS) for n in range(EACH)]
    for at in times:
        record = otlp.log(str(at), at, attributes={"odd": at % 2})
        request = otlp.logs(record).SerializeToString()
        assert (await client.post("/v1/logs", content=request)).status_code == 200
    odd = {"attribute": "odd=1", "order": order, "limit": limit}

    found = (await client.get("/api/logs", params={"order": order, "limit": limit})).json()
    chosen = (await client.get("/api/logs", params=odd)).json()

    wanted = sorted(times, reverse=order == "desc")
    assert [record["body"] for record in found["records"]] == [str(at) for at in wanted[:limit]]
    wanted = [at for at in wanted if at % 2]
    assert [record["body"] for record in chosen["records"]] == [str(at) for at in wanted[:limit]]
