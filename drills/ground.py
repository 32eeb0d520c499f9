"""The whole stack with alerting beside it, at the pace of a drill."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from otel_logging.redaction.policy import DEFAULT_FILE
from stack.alerted import Alerted
from stack.native import NativeStack, Ports
from stack.ports import HOST, free_port


@dataclass
class Ground:
    """Three services, broker, store and Collector; Prometheus and Alertmanager watch them.

    Attributes:
        folder: all that the parts write goes below it.
        slack_url: where messages go.
        smtp: `host:port` of the mail server.
        afterwards: what has to be undone while the parts still run.
    """

    folder: Path
    slack_url: str
    smtp: str
    afterwards: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __post_init__(self) -> None:
        store = free_port()
        self.alerted = Alerted(
            self.folder / "alerted",
            self.slack_url,
            self.smtp,
            backend="store",
            variables={"OTLOG_STORE_ENDPOINT": f"http://{HOST}:{store}"},
        )
        self.policy = self.folder / "policy.yaml"
        self.policy.write_text(DEFAULT_FILE.read_text("utf-8"), "utf-8")
        self.stack = NativeStack(
            self.folder / "stack",
            Ports(store=store),
            {**self.alerted.telemetry(), "OTLOG_POLICY": str(self.policy)},
            with_collector=False,
        )

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Start all of it, and wait until every service has been heard."""
        with self.alerted.running(), self.stack.running(), self.afterwards:
            self.alerted.prometheus.wait_for("count(otlog:alive) >= 3")
            yield

    def log_in(self, times: int, *, at: str | None = None) -> list[int]:
        """Try to log in with an account that nobody has; the statuses of the answers.

        Args:
            times: how often.
            at: URL to send it to; the gateway's when not given.
        """
        account = {"username": "nobody", "password": "Wrong-guess-1!"}
        # A server closes a connection on which a request failed.
        limits = httpx.Limits(max_keepalive_connections=0)
        url = at or f"{self.stack.gateway.http}/auth/login"
        with httpx.Client(timeout=60, limits=limits) as client:
            return [client.post(url, json=account).status_code for _ in range(times)]

    def database(self, statement: str) -> None:
        """Change auth-service's database behind its back."""
        file = self.stack.auth_service.folder / "accounts.sqlite"
        with contextlib.closing(sqlite3.connect(file, timeout=60)) as database, database:
            database.execute(statement)
