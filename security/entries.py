"""Everywhere that a secret can come in: requests, messages, headers, and a stranger's telemetry."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import aio_pika
import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from security.planted import Planter
from stack.native import NativeStack


@dataclass
class Visitor:
    """Somebody at the gateway, with an account of their own.

    Attributes:
        stack: What they visit.
        client: Speaks to the gateway; `Authorization` is set once they have logged in.
        plant: Makes the secrets.
    """

    stack: NativeStack
    client: httpx.Client
    plant: Planter

    def order(self, **more: object) -> httpx.Response:
        """Order a lamp with whatever else a client may send along."""
        usual = {"item": "lamp", "quantity": 1, "card_number": "0000 0000 0000 0000"}
        return self.client.post("/orders", json={**usual, "email": "no@example.org", **more})


DROPPED = {"baggage and tracestate of a stranger"}
"""Entries of which nothing is recorded, redacted or not: the edge drops what they carry."""

ENTRIES: dict[str, Callable[[Visitor], object]] = {}
"""Name → what to do there, in order: the first makes the account that the others use."""


def _entry(name: str) -> Callable[[Callable[[Visitor], object]], Callable[[Visitor], object]]:
    def add(function: Callable[[Visitor], object]) -> Callable[[Visitor], object]:
        ENTRIES[name] = function
        return function

    return add


@_entry("registration and login")
def _account(visitor: Visitor) -> None:
    plant, name = visitor.plant, f"visitor-{secrets.token_hex(4)}"
    account = {
        "username": name,
        "password": plant("password"),
        "email": plant("e-mail address"),
        "phone": plant("telephone number"),
    }
    visitor.client.post("/auth/register", json=account).raise_for_status()
    visitor.client.post("/auth/login", json={"username": name, "password": plant("password")})
    login = {"username": name, "password": account["password"]}
    tokens = visitor.client.post("/auth/login", json=login).raise_for_status().json()
    visitor.client.headers["authorization"] = f"Bearer {tokens['access_token']}"


@_entry("order: fields that a name gives away")
def _order(visitor: Visitor) -> None:
    plant = visitor.plant
    card, address = plant("payment card"), plant("e-mail address")
    visitor.order(card_number=card, email=address, password=plant("password")).raise_for_status()


@_entry("order: values that their form gives away")
def _values(visitor: Visitor) -> None:
    plant = visitor.plant
    kinds = ("AWS access key", "GitHub token", "Stripe key", "Slack token", "resident number")
    note = "; ".join(f"see {plant(kind)}" for kind in (*kinds, "IBAN", "JSON Web Token"))
    visitor.order(item=note)


@_entry("order: nested, in lists, in JSON inside a string")
def _nested(visitor: Visitor) -> None:
    plant = visitor.plant
    inner = json.dumps({"login": {"password": plant("password")}})
    pairs = [{"name": "password", "value": plant("password")}]
    visitor.order(meta={"a": [{"api_key": plant("GitHub token")}]}, raw=inner, form=pairs)


@_entry("order: encoded (base64, percent, full-width digits)")
def _encoded(visitor: Visitor) -> None:
    plant = visitor.plant
    packed = base64.b64encode(f"password={plant('password')}".encode()).decode()
    escaped = "".join(f"%{byte:02X}" for byte in plant("e-mail address").encode())
    wide = plant("payment card").translate({48 + n: 0xFF10 + n for n in range(10)})
    visitor.order(packed=packed, escaped=escaped, wide=wide)


@_entry("query string and path")
def _query(visitor: Visitor) -> None:
    plant = visitor.plant
    query = {"token": plant("JSON Web Token"), "card": plant("payment card"), "page": "2"}
    visitor.client.get("/orders/none", params=query)
    visitor.client.get(f"/orders/{plant('GitHub token')}")


@_entry("headers")
def _headers(visitor: Visitor) -> None:
    plant = visitor.plant
    basic = base64.b64encode(f"mina:{plant('password')}".encode()).decode()
    visitor.client.get("/orders/none", headers={"authorization": f"Basic {basic}"})
    visitor.client.get(
        "/orders/none",
        headers={
            "cookie": f"session={plant('JSON Web Token')}",
            "x-api-key": plant("Stripe key"),
            "x-request-id": plant("e-mail address"),
            "user-agent": f"client/1.0 (password={plant('password')})",
            "referer": f"https://u:{plant('password')}@example.org/",
        },
    )


@_entry("baggage and tracestate of a stranger")
def _baggage(visitor: Visitor) -> None:
    plant = visitor.plant
    context = {
        "traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
        "tracestate": f"x={plant('GitHub token')}",
        "baggage": f"user.id={plant('e-mail address')},password={plant('password')}",
    }
    visitor.client.get("/orders/none", headers=context)


@_entry("bodies that are no JSON")
def _bodies(visitor: Visitor) -> None:
    plant, post = visitor.plant, visitor.client.post
    post("/auth/login", data={"username": "mina", "password": plant("password")})
    json_type = {"content-type": "application/json"}
    post("/auth/login", content=f'{{"password": "{plant("password")}", ', headers=json_type)
    post("/orders", files={"file": ("card.txt", plant("payment card"))})
    post("/orders", content=f"password={plant('password')}", headers={"content-type": "text/plain"})


@_entry("recovery: security answer and reset")
def _recovery(visitor: Visitor) -> None:
    plant, client = visitor.plant, visitor.client
    question = {"question": "first_pet", "security_answer": plant("password")}
    client.put("/auth/security-question", json=question)
    wrong = {**question, "username": "nobody", "new_password": plant("password")}
    client.post("/auth/password-reset", json={**wrong, "security_answer": plant("password")})


@_entry("an event handed in by HTTP")
def _event(visitor: Visitor) -> None:
    plant = visitor.plant
    data = {"user_id": "u-1", "password": plant("password"), "note": plant("payment card")}
    event = {"type": "activity.viewed", "source": plant("e-mail address"), "data": data}
    httpx.post(f"{visitor.stack.event_service.http}/events", json=event, timeout=30)


@_entry("messages put on the broker: unknown, and malformed")
def _messages(visitor: Visitor) -> None:
    plant = visitor.plant
    unknown = {"type": "order.unheard", "data": {"password": plant("password")}}
    bodies = [json.dumps(unknown), f"password={plant('password')} {plant('payment card')} {{"]
    headers = {"x-token": plant("GitHub token")}
    asyncio.run(_publish(visitor.stack.rabbitmq.url, bodies, headers))


async def _publish(url: str, bodies: list[str], headers: dict[str, str]) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange("events")
        for body in bodies:
            message = aio_pika.Message(body.encode(), headers=dict(headers))
            await exchange.publish(message, "order.placed")


@_entry("telemetry of an application that does not redact")
def _telemetry(visitor: Visitor) -> None:
    plant, intake = visitor.plant, visitor.stack.intake
    now = time.time_ns()
    logs = ExportLogsServiceRequest()
    found = logs.resource_logs.add()
    found.resource.attributes.append(_pair("service.name", "foreign"))
    found.resource.attributes.append(_pair("db.password", plant("password")))
    record = found.scope_logs.add().log_records.add(time_unix_nano=now, severity_number=9)
    record.body.string_value = f"login with password={plant('password')} {plant('payment card')}"
    record.attributes.append(_pair("api_key", plant("Stripe key")))
    traces = ExportTraceServiceRequest()
    spans = traces.resource_spans.add()
    spans.resource.attributes.append(_pair("service.name", "foreign"))
    span = spans.scope_spans.add().spans.add(
        trace_id=secrets.token_bytes(16),
        span_id=secrets.token_bytes(8),
        name=f"GET /?token={plant('JSON Web Token')}",
        start_time_unix_nano=now,
        end_time_unix_nano=now + 1_000_000,
    )
    span.status.message = f"refused: {plant('AWS access key')}"
    span.attributes.append(_pair("user.email", plant("e-mail address")))
    span.events.add(name="exception", time_unix_nano=now).attributes.append(
        _pair("exception.message", f"bad password={plant('password')}")
    )
    for signal, message in (("logs", logs), ("traces", traces)):
        httpx.post(
            f"{intake}/v1/{signal}",
            content=message.SerializeToString(),
            headers={"content-type": "application/x-protobuf"},
            timeout=30,
        ).raise_for_status()


def _pair(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
