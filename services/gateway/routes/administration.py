"""What administrators do to accounts; auth-service decides whether they may."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import httpx
from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

from services.gateway.dependency import Call
from services.gateway.parts import CallerOf, CurrentUser, Parts, PartsOf
from services.gateway.problems import ClientError

router = APIRouter(prefix="/admin/users/{user_id}")

RoleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_-]*$", max_length=64)]


class RoleBody(BaseModel):
    """The name of a role."""

    role: RoleName


class Roles(BaseModel):
    """The roles that a user has now."""

    roles: list[str]


@router.post("/roles")
async def grant(
    user_id: UUID, body: RoleBody, _: CurrentUser, caller: CallerOf, parts: PartsOf
) -> Roles:
    """Give a user a role."""
    call = Call("POST", f"/users/{user_id}/roles", body.model_dump(), caller)
    return parts.auth.read(await _order(parts, call), Roles)


@router.delete("/roles/{role}")
async def withdraw(
    user_id: UUID, role: RoleName, _: CurrentUser, caller: CallerOf, parts: PartsOf
) -> Roles:
    """Take a role from a user."""
    call = Call("DELETE", f"/users/{user_id}/roles/{role}", caller=caller)
    return parts.auth.read(await _order(parts, call), Roles)


@router.post("/lock", status_code=HTTPStatus.NO_CONTENT)
async def lock(user_id: UUID, _: CurrentUser, caller: CallerOf, parts: PartsOf) -> None:
    """Lock an account until it is unlocked."""
    await _order(parts, Call("POST", f"/users/{user_id}/lock", caller=caller))


@router.post("/unlock", status_code=HTTPStatus.NO_CONTENT)
async def unlock(user_id: UUID, _: CurrentUser, caller: CallerOf, parts: PartsOf) -> None:
    """Unlock an account."""
    await _order(parts, Call("POST", f"/users/{user_id}/unlock", caller=caller))


@router.delete("/tokens", status_code=HTTPStatus.NO_CONTENT)
async def end_sessions(user_id: UUID, _: CurrentUser, caller: CallerOf, parts: PartsOf) -> None:
    """Revoke all refresh tokens of a user."""
    await _order(parts, Call("DELETE", f"/users/{user_id}/tokens", caller=caller))


async def _order(parts: Parts, call: Call) -> httpx.Response:
    answer = await parts.auth.forward(call, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
    if answer.status_code == HTTPStatus.FORBIDDEN:
        raise ClientError(HTTPStatus.FORBIDDEN, "forbidden", "only administrators may do this")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise ClientError(HTTPStatus.NOT_FOUND, "unknown_user", "no such user")
    return answer
