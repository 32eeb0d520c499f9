"""Tests that need a real part are skipped, with the reason, where it cannot be had."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from stack.collector import VERSION, find_binary
from stack.rabbitmq import RabbitMQ

_POSTGRESQL = Path("/usr/lib/postgresql")
_CHROMIUM = Path("/usr/bin/chromium")
_HERE = Path(__file__).parent
_SHARED = {"run", "broker", "rabbitmq", "store", "lens", "site", "wheel", "clean"}
"""The fixtures that start something for a whole folder."""


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
    """Take the signals that whoever started us ignores, or every child would ignore them too."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share a started part in one process when several run them.

    A file's tests share what it starts; a folder's do where a fixture serves all of its files.
    """
    for item in items:
        place = item.path.relative_to(_HERE)
        group = place.parts[0] if _SHARED.intersection(item.fixturenames) else place.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose real part is missing."""
    for marker in item.iter_markers():
        reason = _missing(marker.name)
        if reason is not None:
            pytest.skip(reason)
