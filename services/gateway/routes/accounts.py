"""Accounts and sessions: auth-service does the work."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.gateway.dependency import Call
from services.gateway.parts import CallerOf, CurrentUser, PartsOf
from services.gateway.problems import ClientError

router = APIRouter(prefix="/auth")

Question = Literal["first_pet", "first_school", "street_of_childhood", "favourite_book"]


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


class RefreshTokenBody(BaseModel):
    """A refresh token."""

    refresh_token: str = Field(max_length=4096)


class QuestionBody(BaseModel):
    """A security question and the user's answer."""

    question: Question
    security_answer: str = Field(min_length=2, max_length=128)


class ResetBody(QuestionBody):
    """What shows that an account is one's own, and the new password."""

    username: str = Field(max_length=64)
    new_password: str = Field(min_length=8, max_length=256)


class Registered(BaseModel):
    """The ID of a new account."""

    user_id: str


class Profile(BaseModel):
    """An account, as its owner sees it."""

    user_id: str
    roles: list[str]


class Tokens(BaseModel):
    """An access token and one to refresh it; `expires_in` in seconds (RFC 6749, section 5.1)."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


@router.post("/register", status_code=HTTPStatus.CREATED)
async def register(body: RegisterBody, caller: CallerOf, parts: PartsOf) -> Registered:
    """Create an account; 409 when the username is taken."""
    call = Call("POST", "/register", body.model_dump(), caller)
    answer = await parts.auth.forward(call, HTTPStatus.CONFLICT)
    if answer.status_code == HTTPStatus.CONFLICT:
        raise ClientError(HTTPStatus.CONFLICT, "username_taken", "this username is taken")
    return parts.auth.read(answer, Registered)


@router.post("/login")
async def login(body: LoginBody, caller: CallerOf, parts: PartsOf) -> Tokens:
    """Tokens for a username and its password; 401 when they do not belong together."""
    call = Call("POST", "/login", body.model_dump(), caller)
    answer = await parts.auth.forward(call, HTTPStatus.UNAUTHORIZED)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise _refused("wrong_credentials", "wrong username or password")
    return parts.auth.read(answer, Tokens)


@router.get("/me")
async def me(user: CurrentUser, parts: PartsOf) -> Profile:
    """The caller's own account, as it is now; 404 when it is gone."""
    answer = await parts.auth.forward(Call("GET", f"/users/{user.id}"), HTTPStatus.NOT_FOUND)
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise ClientError(HTTPStatus.NOT_FOUND, "unknown_user", "no such user")
    return parts.auth.read(answer, Profile)


@router.post("/refresh")
async def refresh(body: RefreshTokenBody, caller: CallerOf, parts: PartsOf) -> Tokens:
    """New tokens for a refresh token, once; 401 when it is not to be trusted."""
    call = Call("POST", "/refresh", body.model_dump(), caller)
    answer = await parts.auth.forward(call, HTTPStatus.UNAUTHORIZED)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise _refused("token_invalid", "the refresh token is not valid")
    return parts.auth.read(answer, Tokens)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def logout(body: RefreshTokenBody, caller: CallerOf, parts: PartsOf) -> None:
    """Revoke a refresh token and all of its session; 401 when it is not to be trusted."""
    call = Call("POST", "/logout", body.model_dump(), caller)
    answer = await parts.auth.forward(call, HTTPStatus.UNAUTHORIZED)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise _refused("token_invalid", "the refresh token is not valid")


@router.put("/security-question", status_code=HTTPStatus.NO_CONTENT)
async def set_question(
    body: QuestionBody, _: CurrentUser, caller: CallerOf, parts: PartsOf
) -> None:
    """Choose the question whose answer allows a new password."""
    path = "/users/me/security-question"
    await parts.auth.forward(Call("PUT", path, body.model_dump(), caller))


@router.post("/password-reset", status_code=HTTPStatus.NO_CONTENT)
async def reset(body: ResetBody, caller: CallerOf, parts: PartsOf) -> None:
    """Set a new password; 401 when question and answer are not the account's."""
    call = Call("POST", "/password-reset", body.model_dump(), caller)
    answer = await parts.auth.forward(call, HTTPStatus.UNAUTHORIZED)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise _refused("wrong_security_answer", "wrong username or answer")


def _refused(reason: str, detail: str) -> ClientError:
    return ClientError(HTTPStatus.UNAUTHORIZED, reason, detail)
