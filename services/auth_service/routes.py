"""HTTP routes of auth-service."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from services.auth_service.accounts import (
    Accounts,
    Registration,
    UsernameTakenError,
    WrongCredentialsError,
)
from services.auth_service.tokens import InvalidRefreshTokenError, TokenIssuer, TokenPair

router = APIRouter()


def _accounts(request: Request) -> Accounts:
    accounts: Accounts = request.app.state.accounts
    return accounts


def _tokens(request: Request) -> TokenIssuer:
    tokens: TokenIssuer = request.app.state.tokens
    return tokens


AccountsOf = Annotated[Accounts, Depends(_accounts)]
TokensOf = Annotated[TokenIssuer, Depends(_tokens)]


class RegisterBody(BaseModel):
    """A new account."""

    username: str = Field(min_length=1, max_length=64)
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    password: str = Field(min_length=8, max_length=256)
    phone: str | None = Field(default=None, max_length=32)


class LoginBody(BaseModel):
    """Credentials."""

    username: str = Field(max_length=64)
    password: str = Field(max_length=256)


class RefreshBody(BaseModel):
    """A refresh token."""

    refresh_token: str = Field(max_length=4096)


class Registered(BaseModel):
    """The ID of a new account."""

    user_id: str


class User(BaseModel):
    """What other services may know of a user."""

    user_id: str
    username: str
    roles: list[str]


@router.post("/register", status_code=HTTPStatus.CREATED)
async def register(body: RegisterBody, accounts: AccountsOf) -> Registered:
    """Create an account; 409 when the username is taken."""
    try:
        account = await accounts.register(Registration(**body.model_dump()))
    except UsernameTakenError:
        raise HTTPException(HTTPStatus.CONFLICT, "this username is taken") from None
    return Registered(user_id=account.id)


@router.post("/login")
async def login(body: LoginBody, accounts: AccountsOf, tokens: TokensOf) -> TokenPair:
    """Tokens for a username and its password; 401 when they do not belong together."""
    try:
        account = await accounts.log_in(body.username, body.password)
    except WrongCredentialsError:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "wrong username or password") from None
    return tokens.issue(account.id, account.role_names)


@router.post("/refresh")
async def refresh(body: RefreshBody, accounts: AccountsOf, tokens: TokensOf) -> TokenPair:
    """New tokens for a refresh token; 401 when it is not to be trusted."""
    try:
        account = await accounts.find(tokens.refreshed_user(body.refresh_token))
    except InvalidRefreshTokenError:
        account = None
    if account is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "the refresh token is not valid")
    return tokens.issue(account.id, account.role_names)


@router.get("/users/{user_id}")
async def user(user_id: str, accounts: AccountsOf) -> User:
    """A user, for other services; 404 when unknown."""
    account = await accounts.find(user_id)
    if account is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "no such user")
    return User(user_id=account.id, username=account.username, roles=account.role_names)


@router.get("/.well-known/jwks.json")
async def key_set(request: Request) -> dict[str, Any]:
    """The public keys that verify tokens (RFC 7517, section 5)."""
    return {"keys": [request.app.state.signing_key.jwk]}


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the process serves."""
    return {"status": "ok"}
