"""A store with a token: who may write, read, follow and forget."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from stack.ports import free_port
from stack.store import Store

TOKEN = "a-token-of-this-test-0123456789"
COMMAND = str(Path(sys.executable).with_name("otel-logging"))
REQUESTS = [
    ("POST", "/v1/logs"),
    ("POST", "/v1/traces"),
    ("POST", "/v1/metrics"),
    ("GET", "/api/logs"),
    ("GET", "/api/traces"),
    ("GET", "/api/services"),
    ("GET", "/api/status"),
    ("GET", "/api/summary"),
    ("POST", "/api/scan"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that asks for a token."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTLOG_STORE_TOKEN", TOKEN)
        running = Store(tmp_path_factory.mktemp("closed")).start()
    with running:
        yield running


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_stranger_is_kept_out(store: Store, method: str, path: str) -> None:
    """Without the token, or with another, every request is 401 before it is looked at."""
    url = f"{store.http}{path}"
    body = {"needles": ["x"]} if path == "/api/scan" else {}
    shown = [{}, {"Authorization": "Bearer guessed"}, {"Authorization": "Basic !"}]

    refused = {httpx.request(method, url, json=body, headers=one).status_code for one in shown}
    known = httpx.request(method, url, json=body, headers={"Authorization": f"Bearer {TOKEN}"})

    assert refused == {401}
    assert known.status_code == 200


def test_whether_it_runs_is_no_secret(store: Store) -> None:
    """The health check needs no token."""
    assert httpx.get(f"{store.http}/healthz").status_code == 200


def test_command_line_shows_the_token_in_its_url(store: Store) -> None:
    """`otel-logging services` with the token as the URL's password is answered; without, not."""
    address = store.http.removeprefix("http://")

    def services(url: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, "services", "--backend", url], capture_output=True, text=True, check=False
        )

    assert services(f"http://any:{TOKEN}@{address}").returncode == 0
    refused = services(f"http://{address}")
    assert refused.returncode != 0
    assert "401" in refused.stderr or "token" in refused.stderr


@pytest.mark.parametrize(
    ("host", "token", "told"),
    [("0.0.0.0", "", "set OTLOG_STORE_TOKEN"), ("127.0.0.1", "short", "at least 16 characters")],
)
def test_open_store_is_refused(tmp_path: Path, host: str, token: str, told: str) -> None:
    """Other machines' users never reach a store without a token, nor one that is guessed."""
    where = ["--folder", str(tmp_path / "data"), "--host", host, "--port", str(free_port())]
    ended = subprocess.run(
        [COMMAND, "store", *where],
        env={**os.environ, "OTLOG_STORE_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode != 0
    assert told in ended.stderr
