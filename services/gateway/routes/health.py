"""Health."""

from __future__ import annotations

from fastapi import APIRouter

from services.gateway.parts import PartsOf

router = APIRouter()


@router.get("/healthz")
async def healthz(parts: PartsOf) -> dict[str, str]:
    """Whether the process serves, and whether the broker is there."""
    return {"status": "ok", "broker": "connected" if parts.outcomes.connected else "away"}
