"""What administrators do to accounts; 403 for everybody else."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.auth_service.parts import CurrentUser, PartsOf

router = APIRouter(prefix="/users/{user_id}")


class RoleBody(BaseModel):
    """The name of a role."""

    role: str = Field(pattern=r"^[a-z][a-z_-]*$", max_length=64)


class Roles(BaseModel):
    """The roles that a user has now."""

    roles: list[str]


@router.post("/roles")
async def grant(user_id: str, body: RoleBody, admin: CurrentUser, parts: PartsOf) -> Roles:
    """Give a user a role."""
    return Roles(roles=await parts.administration.grant(admin.user_id, user_id, body.role))


@router.delete("/roles/{role}")
async def withdraw(user_id: str, role: str, admin: CurrentUser, parts: PartsOf) -> Roles:
    """Take a role from a user."""
    return Roles(roles=await parts.administration.withdraw(admin.user_id, user_id, role))


@router.post("/lock", status_code=HTTPStatus.NO_CONTENT)
async def lock(user_id: str, admin: CurrentUser, parts: PartsOf) -> None:
    """Lock an account until it is unlocked."""
    await parts.administration.lock(admin.user_id, user_id)


@router.post("/unlock", status_code=HTTPStatus.NO_CONTENT)
async def unlock(user_id: str, admin: CurrentUser, parts: PartsOf) -> None:
    """Unlock an account."""
    await parts.administration.unlock(admin.user_id, user_id)


@router.delete("/tokens", status_code=HTTPStatus.NO_CONTENT)
async def end_sessions(user_id: str, admin: CurrentUser, parts: PartsOf) -> None:
    """Revoke all refresh tokens of a user."""
    await parts.administration.end_sessions(admin.user_id, user_id)
