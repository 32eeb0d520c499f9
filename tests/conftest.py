"""Tests that need a real part are skipped, with the reason, where it cannot be had."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from xdist.remote import Producer

from stack.collector import VERSION, find_binary
from stack.rabbitmq import RabbitMQ
from tests.scheduling import ByPart

_POSTGRESQL = Path("/usr/lib/postgresql")
_CHROMIUM = Path("/usr/bin/chromium")


def _missing(marker: str) -> str | None:
    if marker in {"collector", "e2e"} and find_binary() is None:
        return f"no Collector {VERSION}: run `make collector` or set OTELCOL_BIN"
    if marker in {"rabbitmq", "e2e"} and not RabbitMQ.installed():
        return "no rabbitmq-server: run `make setup`"
    if marker == "postgresql" and not any(_POSTGRESQL.glob("*/bin/initdb")):
        return "no postgresql: run `make setup`"
    if marker == "chromium" and not _CHROMIUM.exists():
        return "no chromium: run `make setup`"
    if marker == "loki" and not {"LOKI_BIN", "TEMPO_BIN"} <= os.environ.keys():
        return "LOKI_BIN and TEMPO_BIN do not name a Loki and a Tempo"
    if marker == "grafana" and "GRAFANA_BIN" not in os.environ:
        return (
            "GRAFANA_BIN does not name bin/grafana of an unpacked Grafana: take the archive of the"
            " version in docker-compose.yml from grafana.com/grafana/download"
        )
    return None


def pytest_configure() -> None:
    """Take the signals that whoever started us ignores, or every child would ignore them too.

    Nor is a terminal's size theirs: several processes for tests would have one of 80 columns.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByPart:
    """Keep tests that share a started part in one process when several run them."""
    return ByPart(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose real part is missing."""
    for marker in item.iter_markers():
        reason = _missing(marker.name)
        if reason is not None:
            pytest.skip(reason)
