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

from services.auth_service.app import create_app
from services.auth_service.settings import Settings
from stack.ports import HOST, free_port
from tests.services.conftest import ALICE
from tests.services.running import client_of

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
