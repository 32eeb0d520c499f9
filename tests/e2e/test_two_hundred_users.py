"""R1.6: with many users at once no record carries another's user or trace.

Its name puts it behind the tests that read all that the shared stack has stored: this adds much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.auth_service.keys import load_signing_key
from services.auth_service.settings import Lifetimes
from services.auth_service.tokens import TokenIssuer
from stack.native import NativeStack
from tests.e2e.conftest import Run
from tests.e2e.reading import records, until
from tests.e2e.stand_in import StandIn

pytestmark = [pytest.mark.e2e]

USERS = 200
REQUESTS = 20
OTHERS = (
    {"text": "request started"},
    {"scope": "services.gateway.failures"},
    {"scope": "uvicorn.access"},
)


@dataclass
class Session:
    """One user, and the traces of what they asked."""

    user_id: str
    traces: set[str] = field(default_factory=set)


async def ask(client: httpx.AsyncClient, session: Session, token: str, requests: int) -> None:
    """Ask for orders that do not exist."""
    headers = {"Authorization": f"Bearer {token}"}
    for number in range(requests):
        answer = await client.get(f"/orders/{number}", headers=headers)
        assert answer.status_code == 404, answer.text
        session.traces.add(answer.headers["X-Trace-Id"])


async def use_by_many(stack: NativeStack, users: int, requests: int) -> list[Session]:
    """Many users, all at once, each with a token by the real key: to log in would cost a hash."""
    key = load_signing_key(stack.auth_service.folder / "signing-key.pem")
    issuer = TokenIssuer(key, Lifetimes())
    sessions = [Session(f"user-{number}") for number in range(users)]
    # The server ends a connection that idles for a while, which a busy machine makes likely.
    limits = httpx.Limits(max_connections=users, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=stack.gateway.http, timeout=120, limits=limits) as client:
        tokens = [issuer.access(session.user_id, ["user"]).text for session in sessions]
        await asyncio.gather(
            *(
                ask(client, session, token, requests)
                for session, token in zip(sessions, tokens, strict=True)
            )
        )
    return sessions


def stored(stack: NativeStack, sessions: Sequence[Session]) -> list[dict[str, Any]]:
    """The gateway's records in these users' traces, once the end of each request is there."""
    wanted = {trace for session in sessions for trace in session.traces}

    def read(**query: str) -> list[dict[str, Any]]:
        found = records(stack, service="gateway", **query)
        return [record for record in found if record["trace_id"] in wanted]

    ended = until(
        lambda: read(text="request finished"),
        lambda found: len({record["trace_id"] for record in found}) == len(wanted),
    )
    # Each in a query of its own: an answer has no more than ten thousand.
    return [*ended, *(record for query in OTHERS for record in read(**query))]


def mixed(found: Sequence[dict[str, Any]], sessions: Sequence[Session]) -> list[str]:
    """What is wrong with the records: one line for each."""
    owner = {trace: session.user_id for session in sessions for trace in session.traces}
    wrong = []
    for record in found:
        attributes, mine = record["attributes"], owner[record["trace_id"]]
        if attributes.get("user.id", mine) != mine:
            wrong.append(f"{record['body']}: user {attributes['user.id']} in a trace of {mine}")
        if record["event_name"] == "http.server.request.finished" and "user.id" not in attributes:
            wrong.append(f"{record['body']}: no user in a trace of {mine}")
    return wrong


def test_no_record_is_anothers(run: Run) -> None:
    """Two hundred users: each record of a request is its user's, and none is missing."""
    sessions = asyncio.run(use_by_many(run.stack, USERS, REQUESTS))

    found = stored(run.stack, sessions)

    ended = [r for r in found if r["event_name"] == "http.server.request.finished"]
    assert len(ended) == USERS * REQUESTS
    assert mixed(found, sessions) == []


def test_broken_context_is_noticed(tmp_path: Path) -> None:
    """The same search finds the mixture where context handling is broken on purpose."""
    stack = NativeStack(tmp_path)
    stack.gateway = StandIn(stack.gateway, "tests.e2e.broken_gateway:create_app")
    with stack.running():
        sessions = asyncio.run(use_by_many(stack, 40, 4))

        found = stored(stack, sessions)

    assert mixed(found, sessions)
