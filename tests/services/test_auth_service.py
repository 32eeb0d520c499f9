"""auth-service, called in process on a real SQLite file."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import jwt
import pytest
from argon2 import PasswordHasher

from services.auth_service.app import create_app
from services.auth_service.passwords import Passwords
from services.auth_service.settings import Settings, SettingsError
from tests.services.conftest import ALICE
from tests.services.recorded import name_of
from tests.services.running import client_of


async def test_register_and_log_in(auth: httpx.AsyncClient):
    """A registered user gets a token that verifies by the published key and names them."""
    user_id = (await auth.post("/register", json=ALICE)).json()["user_id"]

    answer = await auth.post("/login", json=ALICE)

    assert answer.status_code == 200
    pair = answer.json()
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
    key = (await auth.get("/.well-known/jwks.json")).json()["keys"][0]
    claims = jwt.decode(
        pair["access_token"], jwt.PyJWK(key).key, algorithms=["ES256"], audience="gateway"
    )
    assert (user_id, ["user"]) == (claims["sub"], claims["roles"])


async def test_key_set_is_public(auth: httpx.AsyncClient):
    """The published key holds no private part."""
    keys = (await auth.get("/.well-known/jwks.json")).json()["keys"]

    assert [{"alg", "crv", "kid", "kty", "use", "x", "y"}] == [set(key) for key in keys]


async def test_username_is_taken(auth: httpx.AsyncClient):
    """The second to ask for a username gets 409, and the first keeps the account."""
    await auth.post("/register", json=ALICE)

    answer = await auth.post("/register", json={**ALICE, "password": "another password"})

    assert answer.status_code == 409
    assert (await auth.post("/login", json=ALICE)).status_code == 200


async def test_unknown_user_and_wrong_password_look_alike(auth: httpx.AsyncClient):
    """The two refusals have one status, one body, one set of headers."""
    await auth.post("/register", json=ALICE)

    wrong = await auth.post("/login", json={**ALICE, "password": "a wrong password"})
    unknown = await auth.post("/login", json={**ALICE, "username": "nobody"})

    assert wrong.status_code == 401
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert set(wrong.headers) == set(unknown.headers)


async def test_unknown_user_costs_a_hash(monkeypatch: pytest.MonkeyPatch):
    """Without an account a hash with the same parameters is verified all the same."""
    verified = []
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, encoded: str, password: str) -> bool:
        verified.append(encoded.rsplit("$", 2)[0])
        return real(self, encoded, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    passwords = Passwords()
    encoded = await passwords.hash("a password")

    answers = [await passwords.matches("another", encoded), await passwords.matches("x", None)]

    assert answers == [False, False]
    assert [encoded.rsplit("$", 2)[0]] * 2 == verified


async def test_attempts_are_logged_without_passwords(
    auth: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
):
    """Each attempt is one line with its outcome and reason; no line holds a password."""
    caplog.set_level("DEBUG")
    await auth.post("/register", json=ALICE)
    await auth.post("/login", json=ALICE)
    await auth.post("/login", json={**ALICE, "password": "a wrong password"})
    await auth.post("/login", json={**ALICE, "username": "nobody"})

    attempts = [vars(r) for r in caplog.records if name_of(r) == "auth.login"]
    outcomes = [(a["levelname"], a["event.outcome"], a.get("error.type")) for a in attempts]
    assert outcomes == [
        ("INFO", "success", None),
        ("WARNING", "failure", "wrong_password"),
        ("WARNING", "failure", "unknown_user"),
    ]
    everything = " ".join(str(vars(r)) for r in caplog.records)
    assert ALICE["password"] not in everything
    assert "a wrong password" not in everything


async def test_refused_body_is_not_sent_back(auth: httpx.AsyncClient):
    """The problem details of an invalid body name the field and not its value."""
    answer = await auth.post("/register", json={**ALICE, "password": "shorty"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "body.password" in answer.json()["detail"]
    assert "shorty" not in answer.text


async def test_refresh(auth: httpx.AsyncClient):
    """A refresh token brings new tokens; an access token in its place does not."""
    await auth.post("/register", json=ALICE)
    pair = (await auth.post("/login", json=ALICE)).json()

    good = await auth.post("/refresh", json={"refresh_token": pair["refresh_token"]})
    bad = await auth.post("/refresh", json={"refresh_token": pair["access_token"]})

    assert (good.status_code, bad.status_code) == (200, 401)
    assert good.json()["access_token"] != pair["access_token"]


async def test_user_for_other_services(auth: httpx.AsyncClient):
    """Other services get a user's name and roles, and nothing private; 404 for nobody."""
    user_id = (await auth.post("/register", json=ALICE)).json()["user_id"]

    known = await auth.get(f"/users/{user_id}")
    unknown = await auth.get("/users/nobody")

    assert {"user_id": user_id, "username": "alice", "roles": ["user"]} == known.json()
    assert unknown.status_code == 404


async def test_accounts_and_key_survive_a_restart(auth_settings: Settings):
    """What one process registered another logs in, and signs by the same key."""
    async with client_of(create_app(auth_settings)) as first:
        await first.post("/register", json=ALICE)
        keys = (await first.get("/.well-known/jwks.json")).json()
    async with client_of(create_app(auth_settings)) as second:
        answer = await second.post("/login", json=ALICE)
        same = (await second.get("/.well-known/jwks.json")).json()

    assert answer.status_code == 200
    assert keys == same


async def test_files_are_their_owners_alone(auth: httpx.AsyncClient, tmp_path: Path):
    """Key, database and its journal can be read by nobody else."""
    assert (await auth.get("/healthz")).status_code == 200

    assert set(_modes(tmp_path).values()) == {0o600}
    assert {"auth-key.pem", "accounts.db"} <= _modes(tmp_path).keys()


def _modes(folder: Path) -> dict[str, int]:
    """The permissions of each file in a folder."""
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def test_open_key_file_is_refused(auth_settings: Settings):
    """A key that others can read is refused, with the command that mends it."""
    create_app(auth_settings)
    auth_settings.signing_key_file.chmod(0o644)

    with pytest.raises(SettingsError, match=r"AUTH_SIGNING_KEY_FILE.* chmod 600"):
        create_app(auth_settings)


def test_foreign_key_file_is_refused(auth_settings: Settings):
    """A file that is no key is refused and left alone."""
    auth_settings.signing_key_file.touch(mode=0o600)
    auth_settings.signing_key_file.write_text("precious")

    with pytest.raises(SettingsError, match="no P-256 private key"):
        create_app(auth_settings)
    assert auth_settings.signing_key_file.read_text() == "precious"
