"""The service itself: its keys and its health."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.auth_service.parts import PartsOf

router = APIRouter()


@router.get("/.well-known/jwks.json")
async def key_set(parts: PartsOf) -> dict[str, Any]:
    """The public keys that verify tokens (RFC 7517, section 5)."""
    return {"keys": [parts.key.jwk]}


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the process serves."""
    return {"status": "ok"}
