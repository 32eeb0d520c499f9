"""Tempo with the stack's own file, its folders and ports replaced by local ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stack import configuration, named
from stack.part import Part
from stack.ports import HOST, answers, free_port

FILE = configuration.ROOT / "tempo" / "tempo.yaml"
VARIABLE = "TEMPO_BIN"
FOLDER = "/var/tempo"
"""Where the file, and Tempo's own defaults, keep everything."""
_DEFAULT_PATHS = {
    "backend-schedulerbackend-scheduler.local-work-path": FOLDER,
    "block-builder.wal.path": f"{FOLDER}/block-builder/traces",
    "live-store.wal.path": f"{FOLDER}/live-store/traces",
    "live-store.shutdown_marker_dir": f"{FOLDER}/live-store/shutdown-marker",
}
"""Settings that the file leaves at their default, by flag."""


class Tempo(Part):
    """One Tempo; `http` answers queries, `intake` takes OTLP/gRPC."""

    name = "tempo"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port, self._grpc_port, self._intake_port = free_port(), free_port(), free_port()
        self._file = folder / "tempo.yaml"
        self._data = folder / "data"

    @property
    def http(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def intake(self) -> str:
        """OTLP/gRPC address."""
        return f"{HOST}:{self._intake_port}"

    def prepare(self) -> None:
        content = configuration.moved(configuration.read(FILE), FOLDER, self._data)
        content["server"] |= {
            "http_listen_address": HOST,
            "http_listen_port": self.port,
            "grpc_listen_address": HOST,
            "grpc_listen_port": self._grpc_port,
        }
        content["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"] = self.intake
        configuration.write(self._file, content)

    def command(self) -> Sequence[str]:
        paths = configuration.moved(_DEFAULT_PATHS, FOLDER, self._data)
        flags = (f"-{name}={path}" for name, path in paths.items())
        return (str(named.program(VARIABLE)), "-target=all", f"-config.file={self._file}", *flags)

    def ready(self) -> bool:
        return answers(f"{self.http}/ready")
