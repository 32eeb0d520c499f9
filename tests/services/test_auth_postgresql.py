"""auth-service on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from otel_logging import cli
from services.auth_service.app import create_app
from services.auth_service.settings import Limits, Settings
from stack.ports import HOST, free_port
from tests.services.conftest import ALICE
from tests.services.recorded import events
from tests.services.running import client_of
from tests.services.users import fail, registered

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URL of a fresh cluster with a port and folder of its own."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    # PostgreSQL refuses to run as root.
    owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    if owner:
        shutil.chown(folder, "postgres", "postgres")
    port = free_port()

    def run(program: str, *arguments: str) -> None:
        # Into a file: a server that inherits a pipe would keep its reader waiting.
        with (folder.parent / f"{folder.name}.log").open("ab") as log:
            subprocess.run(
                [programs / program, "-D", folder / "data", *arguments],
                check=True, cwd=folder, stdout=log, stderr=log, **owner,
            )  # fmt: skip

    try:
        run("initdb", "--auth=trust", "--username=otlog", "--no-sync")
        run("pg_ctl", "-w", "-o", f"-F -p {port} -k {folder} -c listen_addresses={HOST}", "start")
        try:
            yield f"postgresql+asyncpg://otlog@{HOST}:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
        folder.with_name(f"{folder.name}.log").unlink()


async def test_register_and_log_in(auth_settings: Settings, postgresql: str):
    """Register, conflict, login, refusal and look-up work as on SQLite."""
    settings = replace(auth_settings, database_url=postgresql)
    async with client_of(create_app(settings)) as auth:
        created = await auth.post("/register", json=ALICE)
        again = await auth.post("/register", json=ALICE)
        login = await auth.post("/login", json=ALICE)
        wrong = await auth.post("/login", json={**ALICE, "password": "a wrong password"})
        user = await auth.get(f"/users/{created.json()['user_id']}")

    answers = (created, again, login, wrong, user)
    assert [answer.status_code for answer in answers] == [201, 409, 200, 401, 200]
    assert user.json()["roles"] == ["user"]


async def test_one_name_many_at_once(auth_settings: Settings, postgresql: str):
    """Of many who ask for one username at once, one gets it."""
    settings = replace(auth_settings, database_url=postgresql)
    account = {**ALICE, "username": "wanted"}
    async with client_of(create_app(settings)) as auth:
        answers = await asyncio.gather(*(auth.post("/register", json=account) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_one_token_many_at_once(auth_settings: Settings, postgresql: str):
    """Of many who present one refresh token at once, one is answered."""
    settings = replace(auth_settings, database_url=postgresql)
    async with client_of(create_app(settings)) as auth:
        user = await registered(auth, "rotating")
        body = {"refresh_token": user.refresh_token}
        answers = await asyncio.gather(*(auth.post("/refresh", json=body) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_lock_out(auth_settings: Settings, postgresql: str, caplog: pytest.LogCaptureFixture):
    """Failures at once, by two workers, lock each account once and are three attacks."""
    caplog.set_level("INFO")
    limits = Limits(lock_failures=3, attack_failures=5)
    settings = replace(auth_settings, database_url=postgresql, limits=limits)
    async with (
        client_of(create_app(settings)) as one,
        client_of(create_app(settings)) as other,
    ):
        await registered(one, "aimed-at")
        await registered(one, "also-aimed-at")
        names = ("aimed-at", "also-aimed-at")
        await asyncio.gather(*(fail(auth, name, 4) for auth in (one, other) for name in names))

    assert len(events(caplog.records, "auth.account.locked")) == 2
    attacks = events(caplog.records, "auth.attack.suspected")
    assert sorted(attack["auth.attack.type"] for attack in attacks) == [
        "brute_force",
        "brute_force",
        "password_spraying",
    ]


async def test_one_chain(
    auth_settings: Settings, postgresql: str, capsys: pytest.CaptureFixture[str]
):
    """Two workers, both busy, write one chain, which the command finds intact."""
    settings = replace(auth_settings, database_url=postgresql)
    async with (
        client_of(create_app(settings)) as one,
        client_of(create_app(settings)) as other,
    ):
        names = [(auth, f"worker-{i}-{n}") for n in range(5) for i, auth in enumerate((one, other))]
        await asyncio.gather(*(registered(auth, name) for auth, name in names))
    arguments = ["audit-trail", "verify", "--database", postgresql.replace("+asyncpg", "")]

    code = await asyncio.to_thread(cli.main, arguments)

    assert code == 0, capsys.readouterr().out
