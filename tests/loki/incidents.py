"""What goes wrong in the run, so that what runbooks ask has an answer."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from stack.native import NativeStack

_LONG_SECONDS = 4.0
"""Longer than a service waits for another one, and than a runbook's slow trace takes."""
_NOBODY = {"username": "mina", "password": "Wrong-1!"}
_DIES = """
import logging
log = logging.getLogger("services.gateway")
for number in range(1_000):
    log.info("round %d", number)
log.critical("cannot go on", extra={"password": "sunflower-9c2e-copper"})
"""


def happen(stack: NativeStack) -> None:
    """One after the other; afterwards everything runs as before."""
    _no_sense(stack)
    with _without_auth_service(stack):
        _logs_in(stack, httpx.codes.SERVICE_UNAVAILABLE)
    with _without_accounts(stack):
        httpx.post(f"{stack.auth_service.http}/login", json=_NOBODY, timeout=60)
    _slow(stack)
    _not_an_administrator(stack)
    _dies(stack)


def _logs_in(stack: NativeStack, status: int) -> None:
    answer = httpx.post(f"{stack.gateway.http}/auth/login", json=_NOBODY, timeout=60)
    assert answer.status_code == status, answer.text


def _no_sense(stack: NativeStack) -> None:
    """An event that cannot be handled: it ends as a dead letter."""
    event = {"type": "order.placed", "source": "test", "data": {}}
    httpx.post(f"{stack.event_service.http}/events", json=event, timeout=60).raise_for_status()


@contextlib.contextmanager
def _without_auth_service(stack: NativeStack) -> Iterator[None]:
    stack.auth_service.stop()
    yield
    stack.auth_service.start()


@contextlib.contextmanager
def _without_accounts(stack: NativeStack) -> Iterator[None]:
    """Auth-service's table of accounts is gone for a while."""
    file = stack.auth_service.folder / "accounts.sqlite"

    def change(statement: str) -> None:
        with contextlib.closing(sqlite3.connect(file, timeout=60)) as database, database:
            database.execute(statement)

    change("ALTER TABLE accounts RENAME TO elsewhere")
    yield
    change("ALTER TABLE elsewhere RENAME TO accounts")


def _slow(stack: NativeStack) -> None:
    """Auth-service sleeps while the gateway and the worker of event-service wait for it."""
    order = {"item": "lamp", "quantity": 1, "card_number": "4539148803436467"}
    order["email"] = "slow@example.org"
    with _new_user(stack, "slow") as client, ThreadPoolExecutor(1) as pool:
        os.kill(stack.auth_service.pid, signal.SIGSTOP)
        try:
            client.post("/orders", json=order).raise_for_status()
            asked = pool.submit(client.post, "/auth/login", json=_NOBODY)
            time.sleep(_LONG_SECONDS)
        finally:
            os.kill(stack.auth_service.pid, signal.SIGCONT)
        asked.result()


def _not_an_administrator(stack: NativeStack) -> None:
    with _new_user(stack, "curious") as client:
        answer = client.post(f"/admin/users/{uuid.uuid4()}/unlock")
    assert answer.status_code == httpx.codes.FORBIDDEN, answer.text


@contextlib.contextmanager
def _new_user(stack: NativeStack, name: str) -> Iterator[httpx.Client]:
    """A client of the gateway that is logged in."""
    account = {"username": name, "password": "Correct-4c1d!"}
    with httpx.Client(base_url=stack.gateway.http, timeout=60) as client:
        new = {**account, "email": f"{name}@example.org"}
        client.post("/auth/register", json=new).raise_for_status()
        tokens = client.post("/auth/login", json=account).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        yield client


def _dies(stack: NativeStack) -> None:
    """A process of the gateway that redacts nothing says more than it can send, and ends."""
    environ = {
        **os.environ,
        **stack.gateway.environ(),
        "OTLOG_REDACTION": "off",
        "OTLOG_QUEUE_SIZE": "10",
        "OTLOG_CONSOLE": "off",
    }
    launcher = Path(sys.executable).with_name("opentelemetry-instrument")
    command = [str(launcher), sys.executable, "-c", _DIES]
    subprocess.run(command, env=environ, capture_output=True, timeout=600, check=True)
