"""Grafana on what is provisioned, its data sources led to local programs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from stack import configuration, named
from stack.part import Part
from stack.ports import HOST, answers, free_port

PROVISIONING = configuration.ROOT / "grafana" / "provisioning"
VARIABLE = "GRAFANA_BIN"
MOUNTED = "/etc/grafana/provisioning"
"""Where the providers look for dashboards."""


class Grafana(Part):
    """One Grafana; what it keeps is gone with its folder.

    Args:
        folder: its data and its output.
        sources: the local address of each host and port that a data source names.
    """

    name = "grafana"

    def __init__(self, folder: Path, sources: Mapping[str, str]) -> None:
        super().__init__(folder)
        self._sources = sources
        self._password = secrets.token_urlsafe(16)
        self.port = free_port()

    @property
    def http(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        for file in sorted(PROVISIONING.rglob("*.yaml")):
            content = configuration.read(file)
            for source in content.get("datasources", ()):
                target = source["url"].removeprefix("http://")
                source["url"] = f"http://{self._sources.get(target, target)}"
            moved = configuration.moved(content, MOUNTED, PROVISIONING)
            wanted = self.folder / "provisioning" / file.relative_to(PROVISIONING)
            wanted.parent.mkdir(parents=True, exist_ok=True)
            configuration.write(wanted, moved)

    def command(self) -> Sequence[str]:
        program = named.program(VARIABLE).resolve()
        return (str(program), "server", f"--homepath={program.parents[1]}")

    def environ(self) -> Mapping[str, str]:
        return {
            "GF_PATHS_DATA": str(self.folder / "data"),
            "GF_PATHS_LOGS": str(self.folder / "logs"),
            "GF_PATHS_PLUGINS": str(self.folder / "plugins"),
            "GF_PATHS_PROVISIONING": str(self.folder / "provisioning"),
            "GF_SERVER_HTTP_ADDR": HOST,
            "GF_SERVER_HTTP_PORT": str(self.port),
            "GF_SECURITY_ADMIN_PASSWORD": self._password,
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        }

    def ready(self) -> bool:
        return answers(f"{self.http}/api/health")

    def get(self, path: str, **parameters: str | int) -> Any:
        """What its API answers to its administrator.

        Raises:
            httpx.HTTPStatusError: when it refuses.
        """
        answer = httpx.get(
            f"{self.http}{path}", params=parameters, auth=("admin", self._password), timeout=60
        )
        answer.raise_for_status()
        return answer.json()
