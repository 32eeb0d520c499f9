"""What the database of auth-service says was changed, and what its audit trail says."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any


def query(database: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run SQL behind the service's back."""
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def entries(database: Path) -> Counter[str]:
    """The IDs in the audit trail."""
    return Counter(row[0] for row in query(database, "SELECT id FROM audit_trail"))


def unaudited(database: Path) -> dict[str, Counter[str]]:
    """By table: the accounts, roles and tokens of which rows and entries say different things.

    What is there was written down once, what is gone twice.
    """

    def rows(statement: str) -> Counter[str]:
        return Counter(row[0] for row in query(database, statement))

    def told(action: str) -> Counter[str]:
        of_action = "SELECT target_id FROM audit_trail WHERE action = ?"
        return Counter(row[0] for row in query(database, of_action, action))

    issued = "SELECT target_id, details FROM audit_trail WHERE action = 'auth.token.issued'"
    refresh = Counter(
        target
        for target, details in query(database, issued)
        if json.loads(details)["token_type"] == "refresh"
    )
    pairs = {
        "accounts": (rows("SELECT id FROM accounts"), told("auth.account.registered")),
        "roles": (
            rows("SELECT account_id || '/' || name FROM roles") + told("auth.role.revoked"),
            told("auth.role.granted"),
        ),
        "tokens": (rows("SELECT id FROM tokens"), refresh),
        "used tokens": (
            rows("SELECT id FROM tokens WHERE used_at NOT NULL"),
            told("auth.token.refreshed"),
        ),
        "revoked tokens": (
            rows("SELECT id FROM tokens WHERE revoked_at NOT NULL"),
            told("auth.token.revoked"),
        ),
    }
    found = {name: (held - noted) + (noted - held) for name, (held, noted) in pairs.items()}
    return {name: differing for name, differing in found.items() if differing}
