"""The whole stack with Loki, Tempo and Prometheus beside the store: one run feeds both."""

from __future__ import annotations

from dataclasses import dataclass

from stack import named
from stack.collector import Collector
from stack.loki import Loki
from stack.native import NativeStack
from stack.part import Part
from stack.ports import HOST
from stack.prometheus import Prometheus
from stack.tempo import Tempo

OVERLAYS = ("store", "loki-tempo", "routing")
SPAN_METRICS_INTERVAL = "5s"


@dataclass
class RealStack(NativeStack):
    """The native stack whose Collector feeds Loki, Tempo and the store alike.

    Prometheus scrapes the Collector's two pages, Loki and Tempo.
    """

    def __post_init__(self) -> None:
        self.loki = Loki(self.folder / "loki")
        self.tempo = Tempo(self.folder / "tempo")
        super().__post_init__()
        self.prometheus = self._make_prometheus()

    @property
    def backend(self) -> str:
        """What `--backend` takes to read Loki and Tempo."""
        return f"loki+tempo:{self.loki.http},{self.tempo.http}"

    @property
    def parts(self) -> list[Part]:
        """All parts, in the order in which they start."""
        return [self.loki, self.tempo, self.prometheus, *super().parts]

    def _make_collector(self) -> Collector:
        variables = {
            "OTLOG_STORE_ENDPOINT": self.store.http,
            "OTLOG_LOKI_ENDPOINT": self.loki.intake,
            "OTLOG_TEMPO_ENDPOINT": self.tempo.intake,
            "OTLOG_COLLECTOR_SPAN_METRICS_INTERVAL": SPAN_METRICS_INTERVAL,
        }
        return Collector(self.folder / "collector", OVERLAYS, variables, self.ports.collector)

    def _make_prometheus(self) -> Prometheus:
        targets = {
            "loki:3100": f"{HOST}:{self.loki.port}",
            "tempo:3200": f"{HOST}:{self.tempo.port}",
        }
        if self.collector:
            targets |= {
                "collector:9464": f"{HOST}:{self.collector.prometheus_port}",
                "collector:8888": f"{HOST}:{self.collector.self_metrics_port}",
            }
        program = named.packaged("prometheus") or "prometheus"
        return Prometheus(self.folder / "prometheus", program, targets)
