"""Lock-out, attack detection, security questions and password resets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from services.auth_service.app import create_app
from services.auth_service.settings import Limits, Settings
from tests.services.recorded import events
from tests.services.running import served
from tests.services.users import PASSWORD, fail, registered

LIMITS = Limits(lock_failures=3, lock_seconds=900, attack_failures=5)
QUESTION = {"question": "first_pet", "security_answer": "Lord Barkley"}


@pytest.fixture
async def auth(
    auth_settings: Settings, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[httpx.AsyncClient]:
    """auth-service on a socket, behind a proxy that it trusts, with low limits."""
    caplog.set_level("INFO")
    app = create_app(replace(auth_settings, limits=LIMITS))
    async with served(app) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def log_in(auth: httpx.AsyncClient, password: str = PASSWORD) -> int:
    """The status of a login as alice."""
    answer = await auth.post("/login", json={"username": "alice", "password": password})
    return answer.status_code


async def test_lock_out(auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture):
    """The third wrong password locks the account; then the right one is refused alike."""
    user = await registered(auth)
    caplog.clear()

    await fail(auth, "alice", 2)
    assert events(caplog.records, "auth.account.locked") == []
    await fail(auth, "alice", 1)

    assert await log_in(auth) == 401
    (locked,) = events(caplog.records, "auth.account.locked")
    assert (locked["user.id"], locked["auth.failure.count"]) == (user.id, 3)
    reasons = [e["error.type"] for e in events(caplog.records, "auth.login")]
    assert reasons == ["wrong_password"] * 3 + ["account_locked"]


async def test_success_begins_anew(auth: httpx.AsyncClient):
    """Failures in a row count, not failures in all."""
    await registered(auth)

    for _ in range(2):
        await fail(auth, "alice", 2)
        assert await log_in(auth) == 200


async def test_lock_ends(auth_settings: Settings):
    """When the time of the lock is over the password opens the account again."""
    limits = replace(LIMITS, lock_seconds=1)
    async with (
        served(create_app(replace(auth_settings, limits=limits))) as url,
        httpx.AsyncClient(base_url=url) as auth,
    ):
        await registered(auth)
        while await log_in(auth) == 200:
            await fail(auth, "alice", 3)
        statuses = set()
        while 200 not in statuses:
            statuses.add(await log_in(auth, PASSWORD))

    assert 200 in statuses


async def test_attack_by_account(auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture):
    """Many failures at one account, from many addresses, are one event that names the account."""
    user = await registered(auth)

    for number in range(12):
        await fail(auth, "alice", 1, address=f"192.0.2.{number}")

    (attack,) = events(caplog.records, "auth.attack.suspected")
    assert (attack["levelname"], attack["auth.attack.type"]) == ("ERROR", "brute_force")
    assert (attack["auth.target.user.id"], attack["auth.failure.count"]) == (user.id, 5)


async def test_attack_by_address(auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture):
    """Many failures from one address, at many names, are one event that names the address."""
    for number in range(12):
        await fail(auth, f"nobody-{number}", 1, address="198.51.100.7")

    (attack,) = events(caplog.records, "auth.attack.suspected")
    assert attack["auth.attack.type"] == "password_spraying"
    assert (attack["client.address"], attack["auth.failure.count"]) == ("198.51.100.7", 5)
    assert "auth.target.user.id" not in attack


async def test_unknown_name_is_not_logged(
    auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
):
    """A name that nobody has may be a password typed in the wrong place."""
    await fail(auth, "my-secret-password", 1)

    assert not [r for r in caplog.records if "my-secret-password" in str(vars(r))]


async def test_password_reset(auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture):
    """The answer, in any case, brings a new password, unlocks, and ends old sessions."""
    user = await registered(auth)
    await auth.put("/users/me/security-question", json=QUESTION, headers=user.headers)
    await fail(auth, "alice", 1)
    new = {**QUESTION, "security_answer": "lord BARKLEY", "username": "alice"}

    answer = await auth.post("/password-reset", json={**new, "new_password": "another password"})

    assert answer.status_code == 204
    assert (await log_in(auth), await log_in(auth, "another password")) == (401, 200)
    old = await auth.post("/refresh", json={"refresh_token": user.refresh_token})
    assert old.status_code == 401
    (reset,) = events(caplog.records, "auth.password.reset")
    assert (reset["event.outcome"], reset["user.id"]) == ("success", user.id)
    everything = " ".join(str(vars(record)) for record in caplog.records)
    assert "BARKLEY" not in everything.upper()
    assert "another password" not in everything


async def test_wrong_answers_lock_too(auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture):
    """Wrong answers count like wrong passwords; then the right answer is refused alike."""
    user = await registered(auth)
    await auth.put("/users/me/security-question", json=QUESTION, headers=user.headers)
    new = {**QUESTION, "username": "alice", "new_password": "another password"}

    wrong = [
        await auth.post("/password-reset", json={**new, "security_answer": "Rex"}) for _ in range(3)
    ]
    right = await auth.post("/password-reset", json=new)

    assert [answer.status_code for answer in (*wrong, right)] == [401] * 4
    reasons = [e["error.type"] for e in events(caplog.records, "auth.password.reset")]
    assert reasons == ["wrong_security_answer"] * 3 + ["too_many_attempts"]
    assert len(events(caplog.records, "auth.account.locked")) == 1


async def test_reset_without_question(auth: httpx.AsyncClient):
    """An account without a question, and one that does not exist, look alike."""
    await registered(auth)
    new = {**QUESTION, "new_password": "another password"}

    answers = [
        await auth.post("/password-reset", json={**new, "username": name})
        for name in ("alice", "nobody")
    ]

    assert [(a.status_code, a.json()["detail"]) for a in answers] == [
        (401, "wrong username or answer")
    ] * 2


async def test_question_needs_a_token(auth: httpx.AsyncClient):
    """Nobody sets somebody else's question."""
    answer = await auth.put("/users/me/security-question", json=QUESTION)

    assert answer.status_code == 401
