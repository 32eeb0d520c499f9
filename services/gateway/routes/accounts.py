"""Register, log in, refresh: auth-service does the work."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from services.gateway.parts import PartsOf

router = APIRouter(prefix="/auth")


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


class Tokens(BaseModel):
    """An access token and one to refresh it; `expires_in` in seconds (RFC 6749, section 5.1)."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


@router.post("/register", status_code=HTTPStatus.CREATED)
async def register(body: RegisterBody, parts: PartsOf) -> Registered:
    """Create an account; 409 when the username is taken."""
    expected = (HTTPStatus.CREATED, HTTPStatus.CONFLICT)
    answer = await parts.auth.post("/register", body.model_dump(), expected)
    if answer.status_code == HTTPStatus.CONFLICT:
        raise HTTPException(HTTPStatus.CONFLICT, "this username is taken")
    return parts.auth.read(answer, Registered)


@router.post("/login")
async def login(body: LoginBody, parts: PartsOf) -> Tokens:
    """Tokens for a username and its password; 401 when they do not belong together."""
    expected = (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)
    answer = await parts.auth.post("/login", body.model_dump(), expected)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "wrong username or password")
    return parts.auth.read(answer, Tokens)


@router.post("/refresh")
async def refresh(body: RefreshBody, parts: PartsOf) -> Tokens:
    """New tokens for a refresh token; 401 when it is not to be trusted."""
    expected = (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)
    answer = await parts.auth.post("/refresh", body.model_dump(), expected)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "the refresh token is not valid")
    return parts.auth.read(answer, Tokens)
