"""Prometheus and Alertmanager on generated rules, fed by a Collector: alerting as it runs."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from alerting.catalogue import Entry
from alerting.generated import FOLDER, Sources, files, write
from alerting.installation import Installation, Mail
from alerting.pace import Pace
from stack.alertmanager import Alertmanager
from stack.collector import Collector
from stack.named import packaged
from stack.ports import HOST
from stack.prometheus import Prometheus

QUICK = Pace(1 / 30)
"""Five minutes are ten seconds."""


@dataclass
class Alerted:
    """The parts that turn measurements into messages.

    Attributes:
        folder: all that they write goes below it.
        slack_url: the incoming webhook.
        smtp: `host:port` of the mail server.
        entries: catalogue entries; those of the repository when not given.
        pace: how long things take.
        interval: seconds between two exports, scrapes and evaluations.
        backend: the Collector's overlay for logs and traces.
        variables: what that overlay reads.
    """

    folder: Path
    slack_url: str
    smtp: str
    entries: Sequence[Entry] | None = None
    pace: Pace = QUICK
    interval: int = 1
    backend: str = "file"
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._overlays = self.folder / "overlays"
        self.configure(self.entries)
        self.collector = self._make_collector()
        self.alertmanager = Alertmanager(
            self.folder / "alertmanager",
            _program("prometheus-alertmanager", "alertmanager"),
            self.folder / "alertmanager.yaml",
        )
        self.prometheus = Prometheus(
            self.folder / "prometheus",
            _program("prometheus"),
            {
                "collector:9464": f"{HOST}:{self.collector.prometheus_port}",
                "collector:8888": f"{HOST}:{self.collector.self_metrics_port}",
                "alertmanager:9093": self.alertmanager.address,
            },
            rules=self.folder / "rules",
            alertmanager=self.alertmanager.address,
            interval=self.interval,
        )

    def configure(self, entries: Sequence[Entry] | None) -> None:
        """Write rules, routes and templates anew."""
        read = Sources.read()
        sources = Sources(read.entries if entries is None else entries, self._here(read), self.pace)
        write(files(sources, self.folder, self._overlays))
        shutil.copytree(FOLDER / "templates", self.folder / "templates", dirs_exist_ok=True)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Start the Collector, Alertmanager and Prometheus; stop them at the end."""
        with self.collector, self.alertmanager, self.prometheus:
            yield

    def telemetry(self) -> Mapping[str, str]:
        """The variables of a service that is watched."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.http,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=shop,deployment.environment.name=test",
            "OTEL_METRIC_EXPORT_INTERVAL": str(1000 * self.interval),
        }

    def _here(self, read: Sources) -> Installation:
        url = self.folder / "slack-url"
        url.touch(mode=0o600)
        url.write_text(self.slack_url)
        mail = Mail(smarthost=self.smtp, sender="alerts@example.com", require_tls=False)
        secrets = msgspec.structs.replace(read.installation.secrets, slack_url=str(url))
        return msgspec.structs.replace(read.installation, mail=mail, secrets=secrets)

    def _make_collector(self) -> Collector:
        variables = {
            "OTLOG_COLLECTOR_FILE": str(self.folder / "files"),
            "OTLOG_COLLECTOR_SPAN_METRICS_INTERVAL": "1s",
            **self.variables,
        }
        collector = Collector(
            self.folder / "collector", (self.backend, "prometheus", "host"), variables
        )
        collector.files.append(self._overlays / "alerts.yaml")
        return collector


def _program(*names: str) -> str:
    """The first of some names that is installed; Debian calls Alertmanager differently."""
    return next(filter(None, map(packaged, names)), names[0])
