"""Alertmanager on a folder of generated configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from stack.part import Part
from stack.ports import HOST, answers, free_port


class Alertmanager(Part):
    """Alertmanager, alone: it looks for no others of its kind.

    Args:
        folder: its data and its output.
        program: the binary.
        configuration: the file; its templates lie beside it.
    """

    name = "alertmanager"

    def __init__(self, folder: Path, program: str, configuration: Path) -> None:
        super().__init__(folder)
        self._program = program
        self._configuration = configuration
        self.port = free_port()

    @property
    def address(self) -> str:
        """Where Prometheus reaches it."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.address}"

    def command(self) -> Sequence[str]:
        return (
            self._program,
            f"--config.file={self._configuration}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
        )

    def ready(self) -> bool:
        return answers(f"{self.url}/-/ready")

    def reload(self) -> None:
        """Make it read its configuration again."""
        httpx.post(f"{self.url}/-/reload", timeout=30).raise_for_status()

    def alert(self, labels: dict[str, str], annotations: dict[str, str]) -> None:
        """Tell it of an alert that fires, as Prometheus does."""
        body = [{"labels": labels, "annotations": annotations}]
        httpx.post(f"{self.url}/api/v2/alerts", json=body, timeout=30).raise_for_status()

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that it knows of."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/v2/alerts", timeout=30).json()
        return found
