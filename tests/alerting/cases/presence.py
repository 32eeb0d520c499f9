"""Signs of life, clocks and telemetry of the services."""

from __future__ import annotations

from tests.alerting.case import LIVES, Case, beat, first, metric

CASES = [
    Case(
        alert="HeartbeatMissing",
        service="gateway",
        # The Collector goes on showing the last value; then a new process starts.
        trouble={beat("gateway"): "0+60x20 1200x70", beat("gateway", "b"): "_x29 1800+60x60"},
        # One of two processes ended: the service lives.
        quiet={beat("gateway"): "0+60x20 1200x70", beat("gateway", "b"): LIVES},
        bad="4m 0s",
        fires=24,
    ),
    Case(
        alert="ServiceAbsent",
        service="gateway",
        trouble={beat("gateway"): "0+60x20 _x20 2460+60x60"},
        quiet={beat("gateway"): "0+60x20 _x6 1620+60x60"},
        fires=37,
    ),
    Case(
        alert="ClockSkewed",
        service="gateway",
        trouble={beat("gateway"): "-120+60x30 1860+60x60"},
        # What it takes to export and to scrape is no skew.
        quiet={beat("gateway"): "-30+60x90"},
        bad="2m 0s",
        before=4,
    ),
    Case(
        alert="TelemetryDropped",
        service="gateway",
        trouble={metric("otlog_span_dropped_total", reason="queue_full"): first(7)},
        quiet={metric("otlog_span_dropped_total", reason="queue_full"): "0x90"},
        bad="7",
    ),
]
