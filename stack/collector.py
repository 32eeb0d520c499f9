"""The Collector, run on the files in `collector/` with the overlays asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.part import Part, StartError
from stack.ports import HOST, answers, free_port, require_free

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = ROOT / "collector"
UNREDACTED = Path(__file__).with_name("unredacted.yaml")
"""Stands in the place of `redaction.yaml` to redact nothing, which proves a search for leaks."""
VERSION = "0.145.0"
_BUILT = ROOT / ".tools" / "collector" / "otelcol"


def find_binary() -> Path | None:
    """A Collector of our version: `OTELCOL_BIN`, the one built here, or one on the PATH."""
    named = os.environ.get("OTELCOL_BIN")
    found = (shutil.which(name) for name in ("otelcol-contrib", "otelcol"))
    for candidate in (named, str(_BUILT), *found):
        if candidate and _version(candidate) == VERSION:
            return Path(candidate)
    return None


def _version(binary: str) -> str | None:
    try:
        answer = subprocess.run(
            [binary, "--version"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.split()[-1].removeprefix("v")


def configuration_files(overlays: Sequence[str]) -> list[Path]:
    """The files of one overlay set, in the order in which the Collector merges them."""
    names = ("base.yaml", "redaction.yaml", *(f"overlays/{name}.yaml" for name in overlays))
    return [CONFIGURATION / name for name in names]


class Collector(Part):
    """A Collector on loopback; `http` and `grpc` are its OTLP intakes.

    Args:
        folder: where it keeps its persistent queue and its output.
        overlays: names from `collector/overlays`, merged in this order.
        variables: further environment variables that the overlays read.
        http_port: its OTLP/HTTP port; a free one when not given.
    """

    name = "collector"

    def __init__(
        self,
        folder: Path,
        overlays: Sequence[str] = ("store",),
        variables: Mapping[str, str] | None = None,
        http_port: int | None = None,
    ) -> None:
        super().__init__(folder)
        self.files = configuration_files(overlays)
        self.variables = dict(variables or {})
        self.http_port = http_port or free_port()
        self.grpc_port, self.health_port = free_port(), free_port()
        self.prometheus_port, self.self_metrics_port = free_port(), free_port()
        self.queue_folder = folder / "queue"

    @property
    def http(self) -> str:
        """OTLP/HTTP endpoint (without `/v1/<signal>`)."""
        return f"http://{HOST}:{self.http_port}"

    @property
    def grpc(self) -> str:
        """OTLP/gRPC endpoint."""
        return f"http://{HOST}:{self.grpc_port}"

    def prepare(self) -> None:
        self.queue_folder.mkdir(mode=0o700, exist_ok=True)
        require_free(self.http_port, "Collector")

    def command(self) -> Sequence[str]:
        binary = find_binary()
        if binary is None:
            raise StartError(
                f"no Collector {VERSION} found; run `make collector`, or name one by OTELCOL_BIN"
            )
        return (str(binary), *(f"--config={path}" for path in self.files))

    def environ(self) -> Mapping[str, str]:
        return {
            "OTLOG_COLLECTOR_HTTP": f"{HOST}:{self.http_port}",
            "OTLOG_COLLECTOR_GRPC": f"{HOST}:{self.grpc_port}",
            "OTLOG_COLLECTOR_HEALTH": f"{HOST}:{self.health_port}",
            "OTLOG_COLLECTOR_PROMETHEUS": f"{HOST}:{self.prometheus_port}",
            "OTLOG_COLLECTOR_SELF_METRICS_HOST": HOST,
            "OTLOG_COLLECTOR_SELF_METRICS_PORT": str(self.self_metrics_port),
            "OTLOG_COLLECTOR_QUEUE": str(self.queue_folder),
            **self.variables,
        }

    def ready(self) -> bool:
        return answers(f"http://{HOST}:{self.health_port}/")
