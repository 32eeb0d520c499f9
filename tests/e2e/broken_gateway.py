"""The gateway with context handling broken on purpose: all requests share one scope."""

from __future__ import annotations

import sys
from typing import Any

from fastapi import FastAPI

from otel_logging import context
from services.gateway import app


class Shared:
    """Looks like a context variable, and has one value for everybody."""

    def __init__(self) -> None:
        self.value: Any = None

    def get(self) -> Any:
        """The value that was set last, by whomever."""
        return self.value

    def set(self, value: Any) -> Any:
        """Set it for everybody."""
        self.value = value

    def reset(self, token: Any) -> None:
        """Leave it as it is."""


def create_app() -> FastAPI:
    """The gateway, after the request's context was replaced wherever it is used."""
    proper, shared = context.current_request, Shared()
    for module in list(sys.modules.values()):
        if getattr(module, "current_request", None) is proper:
            module.current_request = shared
    return app.create_app()
