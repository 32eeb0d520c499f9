"""The embedded store as a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from stack.part import Part
from stack.ports import HOST, answers, free_port, require_free


class Store(Part):
    """`otel-logging store` on a folder; `http` takes OTLP and answers queries."""

    name = "store"

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder)
        self.port = port or free_port()
        self.data_folder = folder / "data"

    @property
    def http(self) -> str:
        """Where it takes OTLP/HTTP and answers queries."""
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        require_free(self.port, "store")

    def command(self) -> Sequence[str]:
        command = Path(sys.executable).with_name("otel-logging")
        where = ("--folder", str(self.data_folder), "--host", HOST, "--port", str(self.port))
        return (str(command), "store", *where)

    def ready(self) -> bool:
        return answers(f"{self.http}/healthz")
