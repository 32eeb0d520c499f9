"""Where each overlay sends what it is given, opened so that a test can read it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from stack.collector import Collector
from stack.ports import HOST
from tests.collector.canary import Canary
from tests.collector.closed import Files
from tests.collector.receivers import GrpcReceiver, HttpReceiver

ALL = ("logs", "traces", "metrics")


@dataclass
class FarEnds:
    """The backends of one overlay set, and the Collector that feeds them."""

    collector: Collector
    store: HttpReceiver
    loki: HttpReceiver
    tempo: GrpcReceiver
    gateway: GrpcReceiver
    files: Path
    closed: Files | None = None

    def send(self, sent: Canary) -> None:
        """Send a canary as somebody who is let in."""
        if self.closed is None:
            sent.send(self.collector.http)
            return
        with self.closed.client() as client:
            sent.send(self.collector.http.replace("http:", "https:"), client)

    def read(self, overlay: str, signal: str) -> bytes:
        """All that an overlay's backend has of a signal by now."""
        match overlay, signal:
            case "debug", _:
                return self.collector.output().encode()
            case "file", _:
                path = self.files / f"{signal}.jsonl"
                return path.read_bytes() if path.exists() else b""
            case "store", _:
                return self.store.received(f"/v1/{signal}")
            case "loki-tempo", "logs":
                return self.loki.received("/otlp/v1/logs")
            case "agent", _:
                return b"\n".join(self.gateway.of_signal[signal])
            case "loki-tempo", "traces":
                return b"\n".join(self.tempo.bodies)
            case (("loki-tempo" | "prometheus"), "metrics"):
                return self.page()
        raise AssertionError(f"tell this module where overlay {overlay} sends {signal}")

    def page(self) -> bytes:
        """The prometheus exporter's page in the OpenMetrics form, exemplars included."""
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        return httpx.get(
            f"http://{HOST}:{self.collector.prometheus_port}/metrics", headers=accept
        ).content

    def everything(self) -> bytes:
        """All that left the Collector in any way: backends, files, output, queue."""
        files = (path for path in self.collector.folder.rglob("*") if path.is_file())
        parts = [path.read_bytes() for path in files]
        parts += [self.store.received(), self.loki.received(), *self.tempo.bodies]
        parts += [body for bodies in self.gateway.of_signal.values() for body in bodies]
        with contextlib.suppress(httpx.HTTPError):
            parts.append(self.page())
        return b"\n".join(parts)


SIGNALS: dict[str, tuple[str, ...]] = {
    "debug": ALL,
    "file": ALL,
    "store": ALL,
    "loki-tempo": ALL,
    "agent": ALL,
    "prometheus": ("metrics",),
}
"""What arrives where; the overlays that are not here have no backend of their own."""


@contextlib.contextmanager
def opened(
    folder: Path, overlays: tuple[str, ...], *further: Path, interval: str = "500ms", **more: str
) -> Iterator[FarEnds]:
    """Start the backends and a Collector on an overlay set, further files merged last.

    Span metrics come at each `interval`; `more` are variables of the overlays.
    """
    files = Files.made(folder)
    behind = GrpcReceiver(files.pair if "production-agent" in overlays else None)
    with HttpReceiver() as store, HttpReceiver() as loki, GrpcReceiver() as tempo, behind:
        variables = {
            "OTLOG_STORE_ENDPOINT": store.url,
            "OTLOG_LOKI_ENDPOINT": f"{loki.url}/otlp",
            "OTLOG_TEMPO_ENDPOINT": tempo.endpoint,
            "OTLOG_COLLECTOR_FILE": str(folder / "files"),
            "OTLOG_COLLECTOR_SPAN_METRICS_INTERVAL": interval,
            "OTLOG_COLLECTOR_GATEWAYS": f"[{behind.endpoint}]",
            "OTLOG_CONTAINER_LOGS": f"[{folder}/containers/*/*-json.log, {folder}/pods/*/*/*.log]",
            "OTLOG_CONTAINER_POLL": "100ms",
            "OTLOG_DEDUP_INTERVAL": "500ms",
            "OTLOG_SAMPLING_WAIT": "1s",
            "OTLOG_SAMPLING_THRESHOLD": "0" * 14,
            **files.variables,
            **more,
        }
        collector = Collector(folder, overlays, variables)
        collector.files = [*collector.files, *further]
        closed = files if "production" in overlays else None
        with collector:
            yield FarEnds(collector, store, loki, tempo, behind, folder / "files", closed)
