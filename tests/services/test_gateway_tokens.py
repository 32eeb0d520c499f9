"""Access tokens that the gateway must and must not trust, from the real auth-service."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.auth_service.app import create_app
from services.auth_service.keys import SigningKey, load_signing_key
from services.auth_service.settings import Lifetimes, Settings
from services.auth_service.tokens import TokenIssuer
from services.gateway.dependency import Dependency, DependencyError
from services.gateway.tokens import REFRESH_PAUSE, InvalidTokenError, TokenVerifier, User
from stack.ports import free_port
from tests.services.running import served


class Clock:
    """A clock that goes when told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The verifier's clock."""
    return Clock()


@pytest.fixture
async def verifier(auth_settings: Settings, clock: Clock) -> AsyncIterator[TokenVerifier]:
    """A verifier with a running auth-service."""
    async with (
        served(create_app(auth_settings)) as url,
        Dependency("auth-service", url, 30) as auth,
    ):
        yield TokenVerifier(auth, clock)


@pytest.fixture
def key(auth_settings: Settings) -> SigningKey:
    """auth-service's key."""
    return load_signing_key(auth_settings.signing_key_file)


async def test_good_token(verifier: TokenVerifier, key: SigningKey):
    """A token of auth-service names its user and roles."""
    token = TokenIssuer(key, Lifetimes()).access("alice", ["user", "admin"]).text

    assert await verifier.verify(token) == User("alice", ("user", "admin"))


def _claims() -> dict[str, object]:
    now = int(time.time())
    return {"iss": "auth-service", "aud": "gateway", "sub": "mallory", "iat": now, "exp": now + 60}


def _signed(key: SigningKey, **changes: object) -> str:
    claims = {name: value for name, value in {**_claims(), **changes}.items() if value is not None}
    headers = {"kid": key.key_id, "typ": "at+jwt"}
    return jwt.encode(claims, key.private, algorithm="ES256", headers=headers)


def _by_another_key(key: SigningKey) -> str:
    headers = {"kid": key.key_id, "typ": "at+jwt"}
    private = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(_claims(), private, algorithm="ES256", headers=headers)


def _by_no_key(key: SigningKey) -> str:
    headers = {"kid": key.key_id, "typ": "at+jwt"}
    return jwt.encode(_claims(), None, algorithm="none", headers=headers)


def _by_the_public_key(key: SigningKey) -> str:
    headers = {"kid": key.key_id, "typ": "at+jwt"}
    secret = key.jwk["x"].encode().ljust(32, b"0")
    return jwt.encode(_claims(), secret, algorithm="HS256", headers=headers)


def _with_another_payload(key: SigningKey) -> str:
    mine, alices = _signed(key).split("."), _signed(key, sub="alice").split(".")
    return ".".join((mine[0], alices[1], mine[2]))


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda key: TokenIssuer(key, Lifetimes(access=-60)).access("a", []).text, "expired"),
        (lambda key: TokenIssuer(key, Lifetimes()).refresh("a").text, "InvalidAudience"),
        (_by_another_key, "InvalidSignature"),
        (_by_no_key, "InvalidAlgorithm"),
        (_by_the_public_key, "InvalidAlgorithm"),
        (_with_another_payload, "InvalidSignature"),
        (lambda key: _signed(key, aud="auth-service"), "InvalidAudience"),
        (lambda key: _signed(key, iss="mallory"), "InvalidIssuer"),
        (lambda key: _signed(key, exp=None), "MissingRequiredClaim"),
        (lambda key: _signed(key, sub=None), "MissingRequiredClaim"),
        (lambda _: "no token", "DecodeError"),
    ],
)
async def test_bad_tokens(
    verifier: TokenVerifier, key: SigningKey, made: Callable[[SigningKey], str], reason: str
):
    """Expired, forged, tampered or misused: none is trusted, and the reason is told."""
    with pytest.raises(InvalidTokenError, match=reason):
        await verifier.verify(made(key))


async def test_other_kind_of_token(verifier: TokenVerifier, key: SigningKey):
    """A well-signed JWT that is no access token is refused for its type."""
    token = jwt.encode(
        _claims(), key.private, algorithm="ES256", headers={"kid": key.key_id, "typ": "JWT"}
    )

    with pytest.raises(InvalidTokenError, match="no access token"):
        await verifier.verify(token)


async def test_new_key_is_fetched(auth_settings: Settings, clock: Clock, tmp_path: Path):
    """After a change of keys the new one is fetched, but not at every stranger's asking."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with Dependency("auth-service", url, 30) as auth:
        verifier = TokenVerifier(auth, clock)
        old = load_signing_key(auth_settings.signing_key_file)
        async with served(create_app(auth_settings), port):
            await verifier.verify(TokenIssuer(old, Lifetimes()).access("alice", []).text)
        auth_settings.signing_key_file.rename(tmp_path / "old-key.pem")
        async with served(create_app(auth_settings), port):
            new = load_signing_key(auth_settings.signing_key_file)
            token = TokenIssuer(new, Lifetimes()).access("alice", []).text
            with pytest.raises(InvalidTokenError, match="unknown key"):
                await verifier.verify(token)
            clock.now += REFRESH_PAUSE
            assert (await verifier.verify(token)).id == "alice"


async def test_known_keys_outlive_auth_service(auth_settings: Settings, clock: Clock, nowhere: str):
    """Tokens of known keys verify with auth-service away; without any key it is a failure."""
    key = load_signing_key(auth_settings.signing_key_file)
    token = TokenIssuer(key, Lifetimes()).access("alice", []).text
    port = int(nowhere.rpartition(":")[2])
    async with Dependency("auth-service", f"http://{nowhere}", 30) as auth:
        verifier = TokenVerifier(auth, clock)
        with pytest.raises(DependencyError):
            await verifier.verify(token)
        async with served(create_app(auth_settings), port):
            await verifier.verify(token)

        assert (await verifier.verify(token)).id == "alice"
