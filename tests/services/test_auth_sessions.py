"""Sessions: rotation of refresh tokens, detection of their reuse, logout."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.services.recorded import events
from tests.services.users import registered


async def refresh(auth: httpx.AsyncClient, token: str) -> httpx.Response:
    """Exchange a refresh token."""
    return await auth.post("/refresh", json={"refresh_token": token})


@pytest.fixture(autouse=True)
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")


async def test_rotation(auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture):
    """Each exchange gives a refresh token that works, and says so with both token IDs masked."""
    user = await registered(auth)
    caplog.clear()

    second = (await refresh(auth, user.refresh_token)).json()["refresh_token"]
    third = await refresh(auth, second)

    assert third.status_code == 200
    assert len({user.refresh_token, second, third.json()["refresh_token"]}) == 3
    refreshed = events(caplog.records, "auth.token.refreshed")
    assert [e["event.outcome"] for e in refreshed] == ["success"] * 2
    assert all(e["auth.token.id"].startswith("***") and e["user.id"] == user.id for e in refreshed)
    issued = events(caplog.records, "auth.token.issued")
    assert [e["auth.token.type"] for e in issued] == ["access", "refresh"] * 2
    assert all(e["auth.token.expires_at"].endswith("Z") for e in issued)


async def test_reuse_ends_the_session(auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture):
    """A token presented twice revokes the one that it was exchanged for."""
    user = await registered(auth)
    second = (await refresh(auth, user.refresh_token)).json()["refresh_token"]
    caplog.clear()

    again = await refresh(auth, user.refresh_token)
    stolen = await refresh(auth, second)

    assert (again.status_code, stolen.status_code) == (401, 401)
    (reuse,) = events(caplog.records, "auth.token.reuse_detected")
    assert (reuse["levelname"], reuse["user.id"]) == ("ERROR", user.id)
    (revoked,) = events(caplog.records, "auth.token.revoked")
    assert revoked["auth.revocation.reason"] == "reuse"
    refused = [e["error.type"] for e in events(caplog.records, "auth.token.refreshed")]
    assert refused == ["token_reused", "token_revoked"]


async def test_another_session_survives_reuse(auth: httpx.AsyncClient):
    """Only the session of the reused token ends."""
    user = await registered(auth)
    login = {"username": user.username, "password": "correct horse battery"}
    other = (await auth.post("/login", json=login)).json()["refresh_token"]
    await refresh(auth, user.refresh_token)
    await refresh(auth, user.refresh_token)

    answer = await refresh(auth, other)

    assert answer.status_code == 200


async def test_one_token_many_at_once(auth: httpx.AsyncClient):
    """Of many who present one token at once, at most one is answered."""
    user = await registered(auth)

    answers = await asyncio.gather(*(refresh(auth, user.refresh_token) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_logout(auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture):
    """After a logout the refresh token is worth nothing, and both are told."""
    user = await registered(auth)
    caplog.clear()

    answer = await auth.post("/logout", json={"refresh_token": user.refresh_token})

    assert answer.status_code == 204
    assert (await refresh(auth, user.refresh_token)).status_code == 401
    (revoked,) = events(caplog.records, "auth.token.revoked")
    assert (revoked["auth.revocation.reason"], revoked["user.id"]) == ("logout", user.id)
    assert [e["user.id"] for e in events(caplog.records, "auth.logout")] == [user.id]


@pytest.mark.parametrize("path", ["/refresh", "/logout"])
async def test_made_up_token(auth: httpx.AsyncClient, path: str):
    """What is no refresh token of ours is refused."""
    answer = await auth.post(path, json={"refresh_token": "made-up"})

    assert answer.status_code == 401
