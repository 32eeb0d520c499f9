"""The audit trail: in one transaction with the change, one chain, and what breaks it is found."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from otel_logging import cli
from services.auth_service.app import create_app
from services.auth_service.settings import Settings
from tests.services.audited import query, unaudited
from tests.services.running import client_of
from tests.services.users import PASSWORD, administrator, registered


def verify(capsys: pytest.CaptureFixture[str], url: str, *more: str) -> tuple[int, list[str]]:
    """The command's exit code and lines."""
    capsys.readouterr()
    code = cli.main(["audit-trail", "verify", "--database", url, *more])
    return code, capsys.readouterr().out.splitlines()


async def grow(auth: httpx.AsyncClient, settings: Settings) -> None:
    """Make entries of several kinds."""
    user = await registered(auth)
    admin = await administrator(auth, settings)
    await auth.post("/refresh", json={"refresh_token": user.refresh_token})
    await auth.post("/refresh", json={"refresh_token": user.refresh_token})
    where = f"/users/{user.id}/roles"
    await auth.post(where, json={"role": "support"}, headers=admin.headers)
    await auth.delete(f"{where}/support", headers=admin.headers)


@pytest.fixture
async def database(auth: httpx.AsyncClient, auth_settings: Settings, tmp_path: Path) -> Path:
    """A database with a chain of several entries, still in use."""
    await grow(auth, auth_settings)
    return tmp_path / "accounts.db"


async def test_intact(database: Path, capsys: pytest.CaptureFixture[str]):
    """What the service wrote is found intact; the last line names the head."""
    code, lines = await asyncio.to_thread(verify, capsys, f"sqlite:///{database}")

    ((count, digest),) = query(database, "SELECT sequence, hash FROM audit_trail_head")
    assert count > 10
    assert (code, lines) == (
        0,
        [f"audit trail: intact, {count} entries, head {count}:{digest}"],
    )


TAMPERED = {
    "altered": ("UPDATE audit_trail SET actor_id = 'somebody' WHERE sequence = 4", "entry 4: alt"),
    "details": ("UPDATE audit_trail SET details = '{}' WHERE sequence = 3", "entry 3: altered"),
    "time": ("UPDATE audit_trail SET time = '2020-01-01' WHERE sequence = 3", "entry 3: altered"),
    "removed": ("DELETE FROM audit_trail WHERE sequence = 5", "entry 5: missing"),
    "first": ("DELETE FROM audit_trail WHERE sequence = 1", "entry 1: missing"),
    "last": (
        "DELETE FROM audit_trail WHERE sequence = (SELECT max(sequence) FROM audit_trail)",
        "the chain ends with entry",
    ),
    "all": ("DELETE FROM audit_trail", "entry 1: missing"),
    "reordered": (
        """UPDATE audit_trail SET sequence = -sequence WHERE sequence IN (3, 4);
        UPDATE audit_trail SET sequence = 7 + sequence WHERE sequence < 0""",
        "entry 3: ",
    ),
    "head": ("DELETE FROM audit_trail_head", "not the end that was kept"),
}


@pytest.mark.parametrize(("statements", "finding"), TAMPERED.values(), ids=TAMPERED)
async def test_tampering_is_found(
    database: Path, capsys: pytest.CaptureFixture[str], statements: str, finding: str
):
    """Whatever is altered, removed or moved is named by its number."""
    for statement in statements.split(";"):
        query(database, statement)

    code, lines = await asyncio.to_thread(verify, capsys, f"sqlite:///{database}")

    assert code == 1
    assert any(finding in line for line in lines), lines


async def test_a_new_chain_is_found_by_an_anchor(
    database: Path, capsys: pytest.CaptureFixture[str]
):
    """Who removes the end and mends the head is found by a head that was noted before."""
    ((count, digest),) = query(database, "SELECT sequence, hash FROM audit_trail_head")
    anchor = f"{count}:{digest}"
    url = f"sqlite:///{database}"
    before = await asyncio.to_thread(verify, capsys, url, "--anchor", anchor)
    query(database, "DELETE FROM audit_trail WHERE sequence > 5")
    query(
        database,
        "UPDATE audit_trail_head SET sequence = 5, "
        "hash = (SELECT hash FROM audit_trail WHERE sequence = 5)",
    )

    mended = await asyncio.to_thread(verify, capsys, url)
    anchored = await asyncio.to_thread(verify, capsys, url, "--anchor", anchor)

    assert (before[0], mended[0], anchored[0]) == (0, 0, 1)
    assert anchored[1][0] == f"entry {count}: missing, though it was noted"


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/x.db", "mysql://h/x", "no url", "postgresql://127.0.0.1:1/x"]
)
def test_what_cannot_be_read(url: str, capsys: pytest.CaptureFixture[str]):
    """Exit code 2 is not 1: nothing is said of the chain, and no database is made."""
    code = cli.main(["audit-trail", "verify", "--database", url])

    assert code == 2
    assert "cannot be read" in capsys.readouterr().err
    assert not Path("/nowhere").exists()


async def test_every_entry_has_one_event(
    auth: httpx.AsyncClient,
    auth_settings: Settings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    """Each entry has exactly one event of its name, and each event that names one has it."""
    caplog.set_level("INFO")
    await grow(auth, auth_settings)

    entries = query(tmp_path / "accounts.db", "SELECT id, action FROM audit_trail")
    told = [
        (record["audit.record.id"], record["otel.event.name"])
        for record in map(vars, caplog.records)
        if "audit.record.id" in record
    ]
    # The administrator's own were written before the test listens.
    entries = [entry for entry in entries if entry in told or entry[1] not in STARTING]
    assert Counter(entries) == Counter(told)
    assert not [vars(r) for r in caplog.records if "otlog.event.problems" in vars(r)]


STARTING = ("auth.account.registered", "auth.role.granted")


async def test_every_changed_row_has_one_entry(
    auth: httpx.AsyncClient, auth_settings: Settings, tmp_path: Path
):
    """Accounts, roles and tokens: what is there was written down once, what is gone twice."""
    await grow(auth, auth_settings)
    await auth.post("/login", json={"username": "alice", "password": PASSWORD})

    assert unaudited(tmp_path / "accounts.db") == {}


async def test_no_change_without_its_entry(auth: httpx.AsyncClient, tmp_path: Path):
    """When the entry cannot be written the change does not happen either."""
    query(tmp_path / "accounts.db", "DELETE FROM audit_trail_head")
    account = {"username": "alice", "email": "a@example.com", "password": PASSWORD}

    answer = await auth.post("/register", json=account)

    assert answer.status_code == 500
    assert query(tmp_path / "accounts.db", "SELECT 1 FROM accounts WHERE username='alice'") == []


async def test_one_chain_for_many_workers(
    auth_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Two applications on one database, both busy, write one chain without a gap."""
    async with (
        client_of(create_app(auth_settings)) as one,
        client_of(create_app(auth_settings)) as other,
    ):
        users = [(app, f"user-{number}") for number in range(6) for app in (one, other)]
        await asyncio.gather(*(registered(app, f"{name}-{id(app)}") for app, name in users))

    code, lines = await asyncio.to_thread(verify, capsys, f"sqlite:///{tmp_path / 'accounts.db'}")

    assert (code, len(lines)) == (0, 1), lines
    # Two for the administrator's roles and one for the account, four for each user.
    assert f"{3 + 12 * 4} entries" in lines[0]
