"""Accounts: make one, look one up."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from services.auth_service.accounts import Registration, UsernameTakenError
from services.auth_service.parts import PartsOf

router = APIRouter()


class RegisterBody(BaseModel):
    """A new account."""

    username: str = Field(min_length=1, max_length=64)
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    password: str = Field(min_length=8, max_length=256)
    phone: str | None = Field(default=None, max_length=32)


class Registered(BaseModel):
    """The ID of a new account."""

    user_id: str


class User(BaseModel):
    """What other services may know of a user."""

    user_id: str
    username: str
    roles: list[str]


@router.post("/register", status_code=HTTPStatus.CREATED)
async def register(body: RegisterBody, parts: PartsOf) -> Registered:
    """Create an account; 409 when the username is taken."""
    try:
        user_id = await parts.accounts.register(Registration(**body.model_dump()))
    except UsernameTakenError:
        raise HTTPException(HTTPStatus.CONFLICT, "this username is taken") from None
    return Registered(user_id=user_id)


@router.get("/users/{user_id}")
async def user(user_id: str, parts: PartsOf) -> User:
    """A user, for other services; 404 when unknown."""
    account = await parts.accounts.find(user_id)
    if account is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "no such user")
    return User(user_id=account.id, username=account.username, roles=account.role_names)
