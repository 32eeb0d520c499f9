"""The lens as a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from stack.part import Part
from stack.ports import HOST, answers, free_port, require_free


class Lens(Part):
    """`otel-logging lens` over a backend; `http` is where to look.

    Args:
        folder: its output.
        backend: the URL of the backend that it shows.
        port: its HTTP port; a free one when not given.
    """

    name = "lens"

    def __init__(self, folder: Path, backend: str, port: int | None = None) -> None:
        super().__init__(folder)
        self.backend = backend
        self.port = port or free_port()

    @property
    def http(self) -> str:
        """Where its pages are."""
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        require_free(self.port, "lens")

    def command(self) -> Sequence[str]:
        command = Path(sys.executable).with_name("otel-logging")
        where = ("--backend", self.backend, "--host", HOST, "--port", str(self.port))
        return (str(command), "lens", *where)

    def ready(self) -> bool:
        return answers(f"{self.http}/healthz")
