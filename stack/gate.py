"""The gate before the backends: nginx with the stack's own file, made local."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.part import Part, StartError
from stack.ports import HOST, free_port

FILE = Path(__file__).resolve().parent.parent / "gate" / "nginx.conf"
SECRETS = "/run/secrets"
SCRATCH = "/tmp/"  # noqa: S108 - as the file calls it
TLS_PORT = 8443
"""The port of the file for those who have a name; the others are Grafana's."""


@dataclass(frozen=True)
class User:
    """Somebody whom the gate knows."""

    name: str
    password: str
    role: str | None = None


class Gate(Part):
    """An nginx on loopback; `https` is where people come in.

    Args:
        folder: its files and its output.
        secrets: folder with `gate-cert.pem` and `gate-key.pem`; the users are written there.
        backends: the local address of each backend that the file names and that runs.
        users: who may come in.
    """

    name = "gate"

    def __init__(
        self, folder: Path, secrets: Path, backends: Mapping[str, str], users: Sequence[User]
    ) -> None:
        super().__init__(folder)
        self._secrets = secrets.resolve()
        self.backends = dict(backends)
        self._users = users
        self._file = folder.resolve() / "nginx.conf"
        self.ports: dict[str, int] = {}

    @property
    def https(self) -> str:
        """Where those who have a name come in."""
        return f"https://{HOST}:{self.ports[str(TLS_PORT)]}"

    def of_grafana(self, port: int) -> str:
        """Where Grafana comes in: the local address of a port in the file."""
        return f"http://{HOST}:{self.ports[str(port)]}"

    def prepare(self) -> None:
        users = (f"{one.name}:{_hashed(one.password)}\n" for one in self._users)
        roles = (f"{one.name} {one.role};\n" for one in self._users if one.role)
        (self._secrets / "gate-users").write_text("".join(users))
        (self._secrets / "gate-roles").write_text("".join(roles))
        self._file.write_text(self._localised(FILE.read_text()))

    def _localised(self, text: str) -> str:
        text = text.replace(SCRATCH, f"{self._file.parent}/").replace(SECRETS, str(self._secrets))
        for name in ("loki", "tempo", "prometheus", "alertmanager"):
            here = self.backends.get(name, f"{HOST}:9 down")
            text = re.sub(rf"server {name}:\d+;", f"server {here};", text)
        for port in re.findall(r"listen (\d+)", text):
            self.ports[port] = free_port()
            text = re.sub(rf"listen {port}\b", f"listen {HOST}:{self.ports[port]}", text)
            text = re.sub(rf"(?<=[{{;] ){port}(?= \$?\w+;)", str(self.ports[port]), text)
        return text

    def command(self) -> Sequence[str]:
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise StartError("nginx is missing; run `make setup`")
        # Workers started by root would be nobody, who may not read the users.
        user = " user root;" if os.geteuid() == 0 else ""
        return (program, "-c", str(self._file), "-g", f"daemon off;{user}")

    def ready(self) -> bool:
        context = ssl.create_default_context(cafile=str(self._secrets / "gate-cert.pem"))
        try:
            with (
                socket.create_connection((HOST, self.ports[str(TLS_PORT)]), timeout=2) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as closed,
            ):
                closed.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                return b" 200 " in closed.recv(64)
        except OSError:
            return False


def _hashed(password: str) -> str:
    done = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"],
        input=password,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
