"""A FastAPI service, started as its users start it: by `opentelemetry-instrument`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.part import Part
from stack.ports import HOST, answer, free_port, require_free

ROOT = Path(__file__).resolve().parent.parent


class Service(Part):
    """One service process.

    Args:
        name: its `service.name`, such as `auth-service`; the module is
            `services.auth_service.app` then.
        folder: its working data and its output.
        variables: its settings, and the telemetry variables.
        port: its HTTP port; a free one when not given.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        variables: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.name = name
        super().__init__(folder)
        self.variables = dict(variables or {})
        self.port = port or free_port()

    @property
    def http(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        require_free(self.port, self.name)

    def command(self) -> Sequence[str]:
        binaries = Path(sys.executable).parent
        application = f"services.{self.name.replace('-', '_')}.app:create_app"
        where = ("--host", HOST, "--port", str(self.port), "--app-dir", str(ROOT))
        uvicorn = (str(binaries / "uvicorn"), "--factory", application, *where)
        return (str(binaries / "opentelemetry-instrument"), *uvicorn)

    def environ(self) -> Mapping[str, str]:
        # The tests' environment has a second distro; which wins is left to chance otherwise.
        ours = dict.fromkeys(("OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR"), "otel_logging")
        return {"OTEL_SERVICE_NAME": self.name, **ours, **self.variables}

    def ready(self) -> bool:
        return (health := answer(f"{self.http}/healthz")) is not None and b"away" not in health
