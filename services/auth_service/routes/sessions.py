"""Log in, refresh, log out."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from services.auth_service.accounts import Credentials, WrongCredentialsError
from services.auth_service.parts import ClientAddress, PartsOf
from services.auth_service.tokens import InvalidTokenError, TokenPair

router = APIRouter()


class LoginBody(BaseModel):
    """Credentials."""

    username: str = Field(max_length=64)
    password: str = Field(max_length=256)


class RefreshTokenBody(BaseModel):
    """A refresh token."""

    refresh_token: str = Field(max_length=4096)


@router.post("/login")
async def login(body: LoginBody, address: ClientAddress, parts: PartsOf) -> TokenPair:
    """Tokens for a username and its password; 401 when they do not belong together."""
    try:
        return await parts.accounts.log_in(Credentials(body.username, body.password, address))
    except WrongCredentialsError:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "wrong username or password") from None


@router.post("/refresh")
async def refresh(body: RefreshTokenBody, parts: PartsOf) -> TokenPair:
    """New tokens for a refresh token, once; 401 when it is not to be trusted."""
    try:
        return await parts.sessions.refresh(body.refresh_token)
    except InvalidTokenError:
        raise _not_valid() from None


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def logout(body: RefreshTokenBody, parts: PartsOf) -> None:
    """Revoke a refresh token and all of its session; 401 when it is not to be trusted."""
    try:
        await parts.sessions.end(body.refresh_token)
    except InvalidTokenError:
        raise _not_valid() from None


def _not_valid() -> HTTPException:
    return HTTPException(HTTPStatus.UNAUTHORIZED, "the refresh token is not valid")
