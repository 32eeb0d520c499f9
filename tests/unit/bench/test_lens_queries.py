"""The bench of the store: plain DuckDB answers what the store answers."""

import time

import httpx
import pytest
from asgi_lifespan import LifespanManager

from bench.lens_data import batches
from bench.lens_plain import Plain
from bench.lens_queries import QUERIES
from otel_logging.store.app import create_app
from otel_logging.store.queries.parameters import rfc3339_ns
from otel_logging.store.settings import StoreSettings
from otel_logging.store.tables import LOGS, SPANS


@pytest.fixture
async def both(tmp_path):
    """The store and the peer with the same 4,000 records."""
    app = create_app(StoreSettings(folder=tmp_path / "store"))
    plain = Plain(tmp_path / "plain.duckdb")
    made = list(batches(4_000, time.time_ns()))
    plain.insert(made)
    transport = httpx.ASGITransport(app)
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=transport, base_url="http://store") as client,
    ):
        for batch in made:
            headers = {"Content-Type": "application/x-protobuf"}
            await client.post(f"/v1/{batch.signal}", content=batch.content, headers=headers)
        yield client, plain


async def test_the_peer_answers_the_same(both):
    """A comparison of times says something only where both do the same work."""
    client, plain = both
    trace_id = plain.some_trace()

    for name, (path, *_) in QUERIES.items():
        answer = (await client.get(path.replace("{trace_id}", trace_id))).json()
        ours, theirs = _ours(name, answer), _theirs(name, plain.rows(name, trace_id))
        assert ours == theirs, name
        assert ours, name


def _ours(name, answer):
    match answer:
        case {"records": records}:
            return [record["uid"] for record in records]
        case {"histogram": {"counts": counts}}:
            return sorted(count for step in counts for count in step.values())
        case {"spans": spans, "logs": records}:
            return [s["span_id"] for s in spans] + [record["uid"] for record in records]
        case {"traces": traces}:
            return [tuple(trace.values()) for trace in traces]
        case {"errors": errors}:
            return sorted(
                (e["service"], e["type"], e["place"], e["count"], rfc3339_ns(e["last_seen"]))
                for e in errors
            )
        case {"services": services}:
            return [(s["name"], s["logs"], s["spans"], s["errors"]) for s in services]
        case {"graph": {"nodes": nodes, "edges": edges}}:
            measures = ("calls", "errors", "median_ns")
            return [tuple(n[key] for key in ("service", *measures)) for n in nodes] + [
                tuple(e[key] for key in ("caller", "service", *measures)) for e in edges
            ]
    raise AssertionError(name)


def _theirs(name, answers):
    first = answers[0]
    match name:
        case "counts over time":
            return sorted(count for _, _, count in first)
        case "one trace":
            return [row[list(SPANS.columns).index("span_id")] for row in first] + [
                row[list(LOGS.columns).index("uid")] for row in answers[1]
            ]
        case "newest traces" | "failed traces":
            return [tuple(row) for row in first]
        case "errors":
            return sorted((row[0], row[1], row[2], row[4], row[6]) for row in first)
        case "services":
            spans = {row[0]: row for row in answers[1]}
            return [(s, n, spans[s][1], errors + spans[s][2]) for s, n, errors, *_ in first]
        case "service graph":
            return [(*row[:3], int(row[3][0])) for row in first] + [
                (*row[:4], int(row[4][0])) for row in answers[1]
            ]
    return [row[list(LOGS.columns).index("uid")] for row in first]
