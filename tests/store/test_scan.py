"""A planted secret is found wherever it is stored."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.store import otlp

SECRET = 'hunter2-"Größe"'
TRACE, SPAN = b"\1" * 16, b"\2" * 8


def resource(request: Any) -> Any:
    """Return a logs request whose resource carries the secret."""
    request.resource_logs[0].resource.attributes.extend(otlp.pairs({"host.name": SECRET}))
    return request


def metric(**places: str) -> Any:
    """Return a gauge with the secret in some places."""
    request = otlp.gauge(places.get("name", "cpu"), 1, label=places.get("label", "x"))
    found = request.resource_metrics[0].scope_metrics[0].metrics[0]
    found.unit = places.get("unit", "1")
    exemplar = found.gauge.data_points[0].exemplars.add(as_int=1)
    exemplar.filtered_attributes.extend(otlp.pairs({"a": places.get("exemplar", "x")}))
    return request


PLACES = {
    "logs.body": ("logs", otlp.logs(otlp.log(f"password is {SECRET}."))),
    "logs.body ": ("logs", otlp.logs(otlp.log({"deep": [{"password": SECRET}]}))),
    "logs.body  ": ("logs", otlp.logs(otlp.log(b"\0\xff" + SECRET.encode() + b"\xfe"))),
    "logs.attributes": ("logs", otlp.logs(otlp.log(attributes={"a": SECRET}))),
    "logs.attributes ": ("logs", otlp.logs(otlp.log(attributes={SECRET: 1}))),
    "logs.attributes  ": ("logs", otlp.logs(otlp.log(attributes={"a": [SECRET.encode()]}))),
    "logs.attributes   ": ("logs", otlp.logs(otlp.log(attributes={"a": json.dumps([SECRET])}))),
    "logs.scope": ("logs", otlp.logs(otlp.log(), scope=SECRET)),
    "logs.service": ("logs", otlp.logs(otlp.log(), service=SECRET)),
    "logs.resource": ("logs", resource(otlp.logs(otlp.log()))),
    "logs.event_name": ("logs", otlp.logs(otlp.log(event_name=SECRET))),
    "logs.severity_text": ("logs", otlp.logs(otlp.log(severity_text=SECRET))),
    "logs.user_id": ("logs", otlp.logs(otlp.log(attributes={"user.id": SECRET}))),
    "spans.name": ("traces", otlp.traces(otlp.span(TRACE, SPAN, name=SECRET))),
    "spans.attributes": ("traces", otlp.traces(otlp.span(TRACE, SPAN, attributes={"a": SECRET}))),
    "spans.status_message": (
        "traces",
        otlp.traces(otlp.span(TRACE, SPAN, status={"code": 2, "message": SECRET})),
    ),
    "spans.events": (
        "traces",
        otlp.traces(otlp.span(TRACE, SPAN, events=[{"attributes": otlp.pairs({"a": SECRET})}])),
    ),
    "spans.links": (
        "traces",
        otlp.traces(otlp.span(TRACE, SPAN, links=[{"attributes": otlp.pairs({"a": SECRET})}])),
    ),
    "metrics.name": ("metrics", metric(name=SECRET)),
    "metrics.unit": ("metrics", metric(unit=SECRET)),
    "metrics.attributes": ("metrics", metric(label=SECRET)),
    "metrics.exemplars": ("metrics", metric(exemplar=SECRET)),
}


def scan(client: httpx.Client, *needles: str) -> dict[str, int]:
    """Return how often the needles were found, by `table.column#needle`."""
    answer = client.post("/api/scan", json={"needles": needles})
    assert answer.status_code == 200
    assert SECRET not in answer.text
    return {
        f"{found['table']}.{found['column']}#{found['needle_index']}": found["count"]
        for found in answer.json()["findings"]
    }


def send(client: httpx.Client, signal: str, request: Any) -> None:
    """Deliver a request."""
    content = request.SerializeToString()
    assert client.post(f"/v1/{signal}", content=content, headers=otlp.PROTOBUF).status_code == 200


def test_every_column_is_searched(client: httpx.Client) -> None:
    """The same secret, planted in one place after the other, is found in each, and counted."""
    for place, (signal, request) in PLACES.items():
        column = place.strip() + "#0"
        before = scan(client, SECRET).get(column, 0)
        send(client, signal, request)

        assert before + 1 == scan(client, SECRET).get(column), place


def test_ids_are_searched_as_hex(client: httpx.Client) -> None:
    """A secret packed into the bytes of an ID is found in the ID's hex form."""
    send(client, "traces", otlp.traces(otlp.span(b"super-secret-16b", b"8-bytes!")))

    assert scan(client, "secret", "8-bytes!") == {"spans.trace_id#0": 1, "spans.span_id#1": 1}


def test_what_is_not_stored_is_not_found(client: httpx.Client) -> None:
    """No finding without the secret: neither for another text nor for a part of it."""
    send(client, "logs", otlp.logs(otlp.log("hunter3 and Größe")))

    assert scan(client, SECRET, "hunter2") == {}


@pytest.mark.parametrize("body", [b"", b"{}", b'{"needles": [1]}', b'{"needles": [""]}'])
def test_a_scan_needs_needles(client: httpx.Client, body: bytes) -> None:
    """A malformed scan is refused, since finding nothing would look like a clean store."""
    assert client.post("/api/scan", content=body).status_code == 400
