"""Loki with the stack's own file, its folders and ports replaced by local ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stack import configuration, named
from stack.part import Part
from stack.ports import HOST, answers, free_port

FILE = configuration.ROOT / "loki" / "loki.yaml"
VARIABLE = "LOKI_BIN"
FOLDER = "/loki"
"""Where the file keeps everything."""


class Loki(Part):
    """One Loki; `http` answers queries and takes OTLP below `/otlp`.

    Args:
        folder: its data and its output.
        tenants: whether each request has to name its tenant.
    """

    name = "loki"

    def __init__(self, folder: Path, *, tenants: bool = False) -> None:
        super().__init__(folder)
        self._tenants = tenants
        self.port, self._grpc_port = free_port(), free_port()
        self._file = folder / "loki.yaml"

    @property
    def http(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def intake(self) -> str:
        """OTLP/HTTP endpoint (without `/v1/logs`)."""
        return f"{self.http}/otlp"

    def prepare(self) -> None:
        content = configuration.moved(configuration.read(FILE), FOLDER, self.folder / "data")
        content["server"] |= {
            "http_listen_address": HOST,
            "http_listen_port": self.port,
            "grpc_listen_address": HOST,
            "grpc_listen_port": self._grpc_port,
        }
        configuration.write(self._file, content)

    def command(self) -> Sequence[str]:
        tenants = f"-auth.enabled={str(self._tenants).lower()}"
        return (str(named.program(VARIABLE)), f"-config.file={self._file}", tenants)

    def ready(self) -> bool:
        return answers(f"{self.http}/ready")
