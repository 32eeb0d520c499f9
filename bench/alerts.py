"""How long does the first error of a service take to its team's Slack channel?

A real service, Collector, Prometheus and Alertmanager on the production rules; nothing else runs.
By default all their times are shortened to a thirtieth; with `--production` none is, and export,
scrape and evaluation come every 15 s. Last line: `slack_seconds=…`, the slowest of the rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from alerting.pace import Pace
from bench.measure import save
from stack.alerted import QUICK, Alerted
from stack.ports import HOST
from stack.service import Service
from stack.slack import Slack

AIM_SECONDS = 60.0
DEADLINE_SECONDS = 900.0
EVERY_SECONDS = 15
_ALERT = "ErrorLogged · auth-service"


def main(arguments: Sequence[str]) -> None:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(prog="bench alerts", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often (3)")
    parser.add_argument("--production", action="store_true", help="shorten nothing")
    options = parser.parse_args(arguments)
    pace, interval = (Pace(), EVERY_SECONDS) if options.production else (QUICK, 1)
    with tempfile.TemporaryDirectory(prefix="bench-alerts-") as name, Slack() as slack:
        alerted = Alerted(Path(name), slack.url, f"{HOST}:9", pace=pace, interval=interval)
        service = _service(Path(name) / "auth-service", alerted)
        with alerted.running(), service:
            alerted.prometheus.wait_for("count(otlog:alive) >= 1")
            seconds = [_round(service, slack, number) for number in range(options.rounds)]
    kind = "production" if options.production else "shortened"
    results = {"slack_seconds": [round(one, 1) for one in seconds], "aim_seconds": AIM_SECONDS}
    save(f"alerts-{kind}", ("otel-logging",), results)
    print(
        f"{kind}: median {statistics.median(seconds):.1f} s of {len(seconds)}, aim {AIM_SECONDS:g}"
    )
    print(f"slack_seconds={max(seconds):.1f}")


def _service(folder: Path, alerted: Alerted) -> Service:
    settings = {
        "AUTH_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'accounts.sqlite'}",
        "AUTH_SIGNING_KEY_FILE": str(folder / "signing-key.pem"),
    }
    return Service("auth-service", folder, {**alerted.telemetry(), **settings})


def _round(service: Service, slack: Slack, number: int) -> float:
    """Seconds from one error to its message; the alert of the one before has to be over."""
    if number:
        _until(slack, f"Over: {_ALERT}", number - 1)
    _database(service, "ALTER TABLE accounts RENAME TO elsewhere")
    started = time.monotonic()
    account = {"username": "nobody", "password": "wrong"}
    httpx.post(f"{service.http}/login", json=account, timeout=60)
    _database(service, "ALTER TABLE elsewhere RENAME TO accounts")
    _until(slack, f"Warning: {_ALERT}", number)
    return slack.titled(f"Warning: {_ALERT}")[number].at - started


def _database(service: Service, statement: str) -> None:
    file = service.folder / "accounts.sqlite"
    with contextlib.closing(sqlite3.connect(file, timeout=60)) as database, database:
        database.execute(statement)


def _until(slack: Slack, title: str, number: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while len(slack.titled(title)) <= number:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{title} was not told within {DEADLINE_SECONDS:g} s")
        time.sleep(0.1)
