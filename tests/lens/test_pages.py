"""The lens's pages as answers: access, headers, and what is refused and why."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from otel_logging.backends import open_backend
from otel_logging.lens.web.app import create_app
from otel_logging.lens.web.settings import LensError, LensSettings
from stack.lens import Lens
from stack.ports import free_port
from stack.store import Store
from tests.unit.lens.sample import TRACE

TOKEN = "a token that nobody guesses"
PATHS = ("/logs", "/traces", f"/traces/{TRACE}", "/errors", "/services", "/metrics")


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    """The application over the store, without a token."""
    settings = LensSettings(backend=store.http)
    with TestClient(create_app(open_backend(store.http), settings)) as found:
        yield found


@pytest.fixture
def guarded(store: Store) -> Iterator[TestClient]:
    """The application over the store, as it is where strangers reach it."""
    settings = LensSettings(backend=store.http, host="0.0.0.0", token=TOKEN)
    app = create_app(open_backend(store.http), settings)
    with TestClient(app, follow_redirects=False) as found:
        yield found


@pytest.mark.parametrize("path", PATHS)
def test_pages_allow_no_script_of_others(client: TestClient, path: str) -> None:
    """The policy names this origin alone, and no page needs an exception from it."""
    answer = client.get(path)

    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", [*PATHS, "/record?at=x&uid=y", "/logs/live", "/", "/file/x"])
def test_without_the_token_nothing_is_shown(guarded: TestClient, path: str) -> None:
    """Every page but the login asks for it; a wrong one does not help."""
    wrong = {"authorization": f"Bearer {TOKEN}x"}

    for headers in ({}, wrong, {"cookie": "lens-session=x"}):
        answer = guarded.get(path, headers=headers)
        assert answer.status_code == 401
        assert "POST /orders" not in answer.text


def test_the_token_opens_every_page(guarded: TestClient) -> None:
    """As a bearer token, and by the login's cookie, which does not hold the token."""
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert guarded.get("/traces", headers=bearer).status_code == 200
    assert guarded.post("/login", data={"token": "no"}).status_code == 401

    answer = guarded.post("/login", data={"token": TOKEN})

    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert TOKEN not in cookie
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert guarded.get("/traces").status_code == 200


@pytest.mark.parametrize("token", [None, "short"])
def test_an_open_address_wants_a_good_token(token: str | None) -> None:
    """Without one, or with one that can be guessed, the lens does not start."""
    with pytest.raises(LensError, match="OTLOG_LENS_TOKEN"):
        LensSettings(backend="", host="0.0.0.0", token=token)


def test_a_page_of_another_site_changes_nothing(client: TestClient) -> None:
    """A form on another site cannot put a file into the lens."""
    answer = client.post("/file", files={"file": b"{}"}, headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403


def test_a_theme_leads_back_inside_only(client: TestClient) -> None:
    """The switch cannot be made to lead to another site."""
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        answer = client.post("/theme", data={"theme": "dark", "back": back}, follow_redirects=False)
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("severity=LOUD", "LOUD"),
        ("attribute=novalue", "KEY=VALUE"),
        ("since=yesterday", "yesterday"),
        ("limit=many", "limit"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told(client: TestClient, query: str, told: str) -> None:
    """The page says which and what to write; it does not show everything instead."""
    answer = client.get(f"/logs?{query}")

    assert answer.status_code == 400
    assert told in answer.text
    assert 'id="results"' in answer.text


def test_the_start_of_an_id_leads_to_its_trace(client: TestClient) -> None:
    """What a user reads out over the telephone is enough."""
    answer = client.get(f"/traces/{TRACE[:8]}", follow_redirects=False)

    assert answer.headers["location"] == f"/traces/{TRACE}"
    assert client.get("/traces/ffff").status_code == 404


@pytest.mark.parametrize("content", [b"", b"{}", b"<html>", b"[" * 10_000])
def test_a_file_that_is_no_transaction_is_refused(client: TestClient, content: bytes) -> None:
    """With the reason, and nothing is kept of it."""
    answer = client.post("/file", files={"file": content}, follow_redirects=False)

    assert answer.status_code == 400
    assert "cannot be opened" in answer.text


def test_a_store_that_is_away_is_told() -> None:
    """The page says what does not answer and how to start it."""
    url = f"http://127.0.0.1:{free_port()}"
    with TestClient(create_app(open_backend(url), LensSettings(backend=url))) as client:
        answer = client.get("/logs")

    assert answer.status_code == 502
    assert "otel-logging store --folder" in answer.text


def test_only_loopbacks_names_are_answered_to(lens: Lens) -> None:
    """A page whose name was made to mean 127.0.0.1 reads nothing."""
    answer = httpx.get(f"{lens.http}/logs", headers={"host": "rebound.example"})

    assert answer.status_code == 400


def test_the_command_refuses_an_open_address_without_a_token() -> None:
    """It ends with the variable to set, and listens nowhere."""
    environ = {key: value for key, value in os.environ.items() if key != "OTLOG_LENS_TOKEN"}
    command = [Path(sys.executable).with_name("otel-logging"), "lens", "--host", "0.0.0.0"]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 1
    assert "OTLOG_LENS_TOKEN" in done.stderr
