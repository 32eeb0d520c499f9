"""What administrators do, and that nobody else can."""

from __future__ import annotations

from pathlib import Path

import httpx
import jwt
import pytest

from services.auth_service.app import create_app
from services.auth_service.settings import Settings
from tests.services.recorded import events
from tests.services.running import client_of
from tests.services.users import PASSWORD, User, administrator, fail, logged_in, registered


@pytest.fixture
async def admin(
    auth: httpx.AsyncClient, auth_settings: Settings, caplog: pytest.LogCaptureFixture
) -> User:
    """The first administrator."""
    caplog.set_level("INFO")
    return await administrator(auth, auth_settings)


def roles_in(token: str) -> list[str]:
    """The roles that an access token claims."""
    return jwt.decode(token, options={"verify_signature": False})["roles"]


async def test_grant_and_withdraw(
    auth: httpx.AsyncClient, admin: User, caplog: pytest.LogCaptureFixture
):
    """A role comes and goes; each is told with who, whom, before and after."""
    user = await registered(auth)
    caplog.clear()
    where = f"/users/{user.id}/roles"

    granted = await auth.post(where, json={"role": "support"}, headers=admin.headers)
    again = await logged_in(auth, user.username, PASSWORD)
    withdrawn = await auth.delete(f"{where}/support", headers=admin.headers)

    assert (granted.json()["roles"], withdrawn.json()["roles"]) == (["support", "user"], ["user"])
    assert roles_in(again.access_token) == ["support", "user"]
    (grant,) = events(caplog.records, "auth.role.granted")
    assert (grant["auth.role.name"], grant["auth.target.user.id"]) == ("support", user.id)
    assert len(events(caplog.records, "auth.role.revoked")) == 1
    actions = events(caplog.records, "admin.action")
    assert [a["admin.action.name"] for a in actions] == ["role.grant", "role.revoke"]
    assert actions[0]["admin.target.id"] == user.id
    assert actions[0]["admin.change.before"] == {"roles": ["user"]}
    assert actions[0]["admin.change.after"] == {"roles": ["support", "user"]}


async def test_lock_and_unlock(auth: httpx.AsyncClient, admin: User):
    """A locked account cannot log in or refresh; an unlocked one can, failures forgotten."""
    user = await registered(auth)
    login = {"username": user.username, "password": PASSWORD}

    await auth.post(f"/users/{user.id}/lock", headers=admin.headers)
    refused = await auth.post("/login", json=login)
    stale = await auth.post("/refresh", json={"refresh_token": user.refresh_token})
    await fail(auth, user.username, 4)
    await auth.post(f"/users/{user.id}/unlock", headers=admin.headers)

    assert (refused.status_code, stale.status_code) == (401, 401)
    assert (await auth.post("/login", json=login)).status_code == 200


async def test_end_sessions(auth: httpx.AsyncClient, admin: User, caplog: pytest.LogCaptureFixture):
    """All refresh tokens of a user are revoked, each with its event."""
    user = await registered(auth)
    other = await logged_in(auth, user.username, PASSWORD)
    caplog.clear()

    await auth.delete(f"/users/{user.id}/tokens", headers=admin.headers)

    for one in (user, other):
        answer = await auth.post("/refresh", json={"refresh_token": one.refresh_token})
        assert answer.status_code == 401
    reasons = [e["auth.revocation.reason"] for e in events(caplog.records, "auth.token.revoked")]
    assert reasons == ["admin", "admin"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/roles"),
        ("DELETE", "/roles/user"),
        ("POST", "/lock"),
        ("POST", "/unlock"),
        ("DELETE", "/tokens"),
    ],
)
async def test_others_are_refused(
    auth: httpx.AsyncClient,
    admin: User,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
):
    """A user gets 403, told as a refused action; a stranger gets 401."""
    user = await registered(auth)
    body = {"role": "admin"} if path == "/roles" else None
    where = f"/users/{user.id}{path}"

    answer = await auth.request(method, where, json=body, headers=user.headers)
    stranger = await auth.request(method, where, json=body)

    assert (answer.status_code, stranger.status_code) == (403, 401)
    (refused,) = events(caplog.records, "admin.action")
    assert (refused["error.type"], refused["user.id"]) == ("forbidden", user.id)


async def test_a_withdrawn_administrator_is_one_no_longer(auth: httpx.AsyncClient, admin: User):
    """What counts is the role in the database, not the one in a token of earlier."""
    user = await registered(auth)
    where = f"/users/{user.id}/roles"
    await auth.post(where, json={"role": "admin"}, headers=admin.headers)
    token = (await logged_in(auth, user.username, PASSWORD)).headers
    before = await auth.post(where, json={"role": "support"}, headers=token)
    await auth.delete(f"{where}/admin", headers=admin.headers)

    after = await auth.post(where, json={"role": "other"}, headers=token)

    assert (before.status_code, after.status_code) == (200, 403)


async def test_unknown_user(auth: httpx.AsyncClient, admin: User):
    """Acting on nobody is 404."""
    answer = await auth.post("/users/nobody/lock", headers=admin.headers)

    assert answer.status_code == 404


async def test_the_password_of_the_first_administrator_stays(
    auth_settings: Settings, tmp_path: Path
):
    """A second start makes no second administrator, and the file is its owner's alone."""
    for _ in range(2):
        async with client_of(create_app(auth_settings)) as auth:
            await administrator(auth, auth_settings)

    assert (tmp_path / "admin-password").stat().st_mode & 0o777 == 0o600
