"""Where each overlay sends what it is given, opened so that a test can read it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from stack.collector import Collector
from stack.ports import HOST
from tests.collector.receivers import GrpcReceiver, HttpReceiver

ALL = ("logs", "traces", "metrics")


@dataclass
class FarEnds:
    """The backends of one overlay set, and the Collector that feeds them."""

    collector: Collector
    store: HttpReceiver
    loki: HttpReceiver
    tempo: GrpcReceiver
    files: Path

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
        with contextlib.suppress(httpx.HTTPError):
            parts.append(self.page())
        return b"\n".join(parts)


SIGNALS: dict[str, tuple[str, ...]] = {
    "debug": ALL,
    "file": ALL,
    "store": ALL,
    "loki-tempo": ALL,
    "prometheus": ("metrics",),
    "alerts": (),
    "host": (),
    "extras": (),
}


@contextlib.contextmanager
def opened(
    folder: Path, overlays: tuple[str, ...], *further: Path, interval: str = "500ms"
) -> Iterator[FarEnds]:
    """Start the backends and a Collector on an overlay set, further files merged last.

    Span metrics come at each `interval`.
    """
    with HttpReceiver() as store, HttpReceiver() as loki, GrpcReceiver() as tempo:
        variables = {
            "OTLOG_STORE_ENDPOINT": store.url,
            "OTLOG_LOKI_ENDPOINT": f"{loki.url}/otlp",
            "OTLOG_TEMPO_ENDPOINT": tempo.endpoint,
            "OTLOG_COLLECTOR_FILE": str(folder / "files"),
            "OTLOG_COLLECTOR_SPAN_METRICS_INTERVAL": interval,
        }
        collector = Collector(folder, overlays, variables)
        collector.files = [*collector.files, *further]
        with collector:
            yield FarEnds(collector, store, loki, tempo, folder / "files")
