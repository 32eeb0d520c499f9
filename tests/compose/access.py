"""A gate that runs, and what each role may do there."""

from __future__ import annotations

import contextlib
import shutil
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from stack.gate import Gate, User
from tests.collector.closed import Files

EVERYBODY = ("viewer", "editor", "auditor", "admin")
READERS = ("viewer", "editor", "admin")
USERS = [User(role, f"{role}-password", role) for role in EVERYBODY]
NOBODY = User("no role", "a password")


@dataclass(frozen=True)
class Door:
    """A gate that runs, and who is known there."""

    gate: Gate
    client: httpx.Client
    trust: ssl.SSLContext

    def status(self, who: str, method: str, path: str, headers: Mapping[str, str]) -> int:
        """The status of a request; of a connection that is upgraded, before anything follows."""
        auth = None if who == "stranger" else (who, f"{who}-password")
        url = f"{self.gate.https}/{path}"
        with self.client.stream(method, url, auth=auth, headers=dict(headers)) as answer:
            return answer.status_code

    def allowed(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[str, ...]:
        """The roles that a request is let through for; the others are told why not."""
        statuses = {who: self.status(who, method, path, headers) for who in EVERYBODY}
        assert self.status("stranger", method, path, headers) == 401
        assert {one for one in statuses.values() if one in {401, 403}} <= {403}
        assert not {one for one in statuses.values() if one >= 500}
        return tuple(who for who, status in statuses.items() if status != 403)


@contextlib.contextmanager
def opened(folder: Path, backends: Mapping[str, str]) -> Iterator[Door]:
    """A gate before backends."""
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700)
    files = Files.made(secrets)
    shutil.copy(files.certificate, secrets / "gate-cert.pem")
    shutil.copy(files.key, secrets / "gate-key.pem")
    gate = Gate(folder / "gate", secrets, backends, [*USERS, NOBODY])
    with gate, httpx.Client(verify=files.trust, timeout=300) as client:
        yield Door(gate, client, files.trust)
