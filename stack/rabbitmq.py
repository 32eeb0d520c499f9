"""RabbitMQ from Debian's package, with its own node name, ports and folder.

Started directly, never as the machine's shared service. It brings its own
epmd (Erlang's port mapper) so that nothing stays behind when it stops.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.part import Part, StartError
from stack.ports import HOST, accepts, free_port, require_free

_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_CONTROL = _SERVER.with_name("rabbitmqctl")


class _PortMapper(Part):
    """Erlang's epmd in the foreground."""

    name = "epmd"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()

    def command(self) -> Sequence[str]:
        return ("epmd", "-port", str(self.port), "-address", HOST)

    def ready(self) -> bool:
        return accepts(self.port)


class RabbitMQ(Part):
    """A broker that holds its data in `folder`; `url` is where clients connect."""

    name = "rabbitmq"

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder)
        self.port = port or free_port()
        self._distribution_port = free_port()
        self._port_mapper = _PortMapper(folder)

    @staticmethod
    def installed() -> bool:
        """Whether Debian's package is here."""
        return _SERVER.exists()

    @property
    def url(self) -> str:
        """The AMQP URL, with RabbitMQ's default account (loopback only)."""
        return f"amqp://guest:guest@{HOST}:{self.port}/"

    def prepare(self) -> None:
        if not self.installed():
            raise StartError("rabbitmq-server is missing; run `make setup`")
        require_free(self.port, "RabbitMQ")
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(
            "loopback_users.guest = true\nlog.console = true\nlog.console.level = warning\n"
        )
        if not self._port_mapper.running:
            self._port_mapper.start()

    def command(self) -> Sequence[str]:
        return (str(_SERVER),)

    def environ(self) -> Mapping[str, str]:
        folder = str(self.folder.resolve())
        return {
            "HOME": folder,
            "ERL_CRASH_DUMP": f"{folder}/erl_crash.dump",
            "ERL_EPMD_PORT": str(self._port_mapper.port),
            "RABBITMQ_NODENAME": f"otlog{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
        }

    def ready(self) -> bool:
        return accepts(self.port)

    def queues(self) -> dict[str, int]:
        """How many messages wait in each queue to be delivered, as the broker itself says.

        Raises:
            subprocess.CalledProcessError: when the broker does not answer.
        """
        ask = (_CONTROL, "--quiet", "--formatter=json", "list_queues", "name", "messages_ready")
        environ = {**os.environ, **self.environ()}
        told = subprocess.run(ask, env=environ, capture_output=True, check=True).stdout
        return {queue["name"]: queue["messages_ready"] for queue in json.loads(told)}

    def stop(self) -> int | None:
        code = super().stop()
        self._port_mapper.stop()
        return code

    def kill(self) -> int | None:
        code = super().kill()
        self._port_mapper.kill()
        return code
