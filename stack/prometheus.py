"""A real Prometheus on the stack's own file, its targets replaced by local ones."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from stack import configuration
from stack.part import READY_SECONDS, Part, StartError
from stack.ports import HOST, answers, free_port

FILE = configuration.ROOT / "prometheus" / "prometheus.yaml"


class Prometheus(Part):
    """Prometheus with `prometheus/prometheus.yaml`.

    Args:
        folder: its data and its output.
        program: the binary.
        targets: the local address of each target that the file names and that runs.
        rules: folder of the rules to evaluate; none without it.
        alertmanager: `host:port` of the Alertmanager that is told; none without it.
        interval: seconds between two scrapes, and between two evaluations.
    """

    name = "prometheus"

    def __init__(
        self,
        folder: Path,
        program: str,
        targets: Mapping[str, str],
        rules: Path | None = None,
        alertmanager: str | None = None,
        *,
        interval: int = 1,
    ) -> None:
        super().__init__(folder)
        self._program = program
        self._targets = targets
        self._rules = rules
        self._alertmanager = alertmanager
        self._interval = f"{interval}s"
        self.port = free_port()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        file = configuration.read(FILE)
        file["global"]["scrape_interval"] = self._interval
        file["global"]["evaluation_interval"] = self._interval
        del file["alerting"], file["rule_files"]
        if self._rules is not None:
            file["rule_files"] = [f"{self._rules.resolve()}/*.rules.yaml"]
        if self._alertmanager is not None:
            told = [{"static_configs": [{"targets": [self._alertmanager]}]}]
            file["alerting"] = {"alertmanagers": told}
        jobs = ({**job, "static_configs": self._local(job)} for job in file["scrape_configs"])
        file["scrape_configs"] = [job for job in jobs if job["static_configs"]]
        configuration.write(self.folder / "prometheus.yaml", file)

    def _local(self, job: Mapping[str, Any]) -> list[dict[str, list[str]]]:
        named = (target for one in job["static_configs"] for target in one["targets"])
        here = [self._targets[target] for target in named if target in self._targets]
        return [{"targets": here}] if here else []

    def command(self) -> Sequence[str]:
        return (
            self._program,
            f"--config.file={self.folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={HOST}:{self.port}",
            "--enable-feature=exemplar-storage",
        )

    def ready(self) -> bool:
        return answers(f"{self.url}/-/ready")

    def query(self, promql: str, at: float | None = None) -> list[dict[str, Any]]:
        """The instant vector of a query, now or at a Unix time in seconds."""
        when = {} if at is None else {"time": f"{at:.3f}"}
        found: list[dict[str, Any]] = self._ask("query", query=promql, **when)["result"]
        return found

    def wait_for(self, promql: str) -> None:
        """Wait until a query finds something.

        Raises:
            StartError: when it does not in time.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not self.query(promql):
            if time.monotonic() > deadline:
                raise StartError(f"{self.name}: nothing found by {promql}")
            time.sleep(0.2)

    def exemplars(self, promql: str) -> list[dict[str, Any]]:
        """The exemplars of a selector since 1970."""
        series = self._ask("query_exemplars", query=promql, start="0", end="4000000000")
        return [exemplar for one in series for exemplar in one["exemplars"]]

    def _ask(self, what: str, **parameters: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{what}", params=parameters, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]
