"""R6.1: a service that hangs is a failed hop in the trace, and the caller is told in time."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from stack.service import Service
from tests.e2e.conftest import Run
from tests.e2e.reading import records, until

pytestmark = [pytest.mark.e2e]


@contextmanager
def hanging(service: Service) -> Iterator[None]:
    """Stop a process for as long as the block lasts, as a machine without memory would."""
    os.kill(service.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(service.pid, signal.SIGCONT)


def test_a_hanging_dependency_is_a_timeout(run: Run) -> None:
    """504 to the caller, one record that names service and reason, the client span in error."""
    login = {"username": "nobody", "password": "no password"}
    with hanging(run.stack.auth_service):
        answer = httpx.post(f"{run.stack.gateway.http}/auth/login", json=login, timeout=60)
    after = httpx.post(f"{run.stack.gateway.http}/auth/login", json=login, timeout=60)
    trace_id = answer.headers["X-Trace-Id"]

    failures = until(lambda: of_dependency(run, trace_id), bool)
    spans = until(lambda: client_spans(run, trace_id), bool)

    assert (answer.status_code, after.status_code) == (504, 401)
    assert [
        (each["service.peer.name"], each["error.type"], each["http.response.status_code"])
        for each in failures
    ] == [("auth-service", "httpx.ReadTimeout", 504)]
    assert [(span["service"], span["status"]["code"]) for span in spans] == [("gateway", "ERROR")]


def of_dependency(run: Run, trace_id: str) -> list[dict[str, Any]]:
    """The attributes of the records about the failure."""
    found = records(run.stack, trace_id=trace_id, scope="services.gateway.failures")
    return [record["attributes"] for record in found]


def client_spans(run: Run, trace_id: str) -> list[dict[str, Any]]:
    """The spans of the gateway's calls."""
    answer = httpx.get(f"{run.stack.store.http}/api/traces/{trace_id}", timeout=60)
    spans = answer.json().get("spans", [])
    return [one for one in spans if one["kind"] == "CLIENT" and one["service"] == "gateway"]
