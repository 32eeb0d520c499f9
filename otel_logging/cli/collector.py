"""A Collector on this machine: what it reads, which policy it has, how to reload it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from otel_logging.cli.commands import CommandError


@dataclass(frozen=True)
class RunningCollector:
    """A Collector process of this user's.

    Attributes:
        pid: Its process ID.
        program: The program that it runs.
        arguments: Its command line without the program.
        environ: Its environment.
        folder: Its working directory.
    """

    pid: int
    program: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str]
    folder: Path

    @classmethod
    def of(cls, pid: int) -> RunningCollector:
        """Look at a process.

        Raises:
            CommandError: There is no such process, or it is not this user's.
        """
        process = Path(f"/proc/{pid}")
        try:
            words = (process / "cmdline").read_bytes().decode().split("\0")[:-1]
            lines = (process / "environ").read_bytes().decode().split("\0")[:-1]
            program, folder = (process / "exe").readlink(), (process / "cwd").readlink()
        except OSError as error:
            raise CommandError(f"process {pid} cannot be looked at: {error.strerror}") from error
        environ = dict(line.partition("=")[::2] for line in lines)
        return cls(pid, str(program), tuple(words[1:]), environ, folder)

    @property
    def metrics_url(self) -> str:
        """Where it shows its own metrics."""
        host = self.environ.get("OTLOG_COLLECTOR_SELF_METRICS_HOST", "127.0.0.1")
        port = self.environ.get("OTLOG_COLLECTOR_SELF_METRICS_PORT", "8888")
        return f"http://{host}:{port}/metrics"

    @property
    def running(self) -> bool:
        """Whether it is still there."""
        with suppress(OSError):
            return ") Z " not in Path(f"/proc/{self.pid}/stat").read_text()
        return False

    def reads(self, file: Path) -> bool:
        """Tell whether a file is among its configuration files."""
        return any(self._is(word, file) for word in self.arguments)

    def refusal(self, file: Path, candidate: Path) -> str | None:
        """Return why it would not start with a candidate in a file's place; None if it would."""
        words = [
            self._instead(word, candidate) if self._is(word, file) else word
            for word in self.arguments
        ]
        done = subprocess.run(  # noqa: S603 - the program that runs already
            [self.program, "validate", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=dict(self.environ),
        )
        return None if done.returncode == 0 else (done.stderr or done.stdout).strip()

    def reload(self) -> None:
        """Ask it to read its configuration again (SIGHUP)."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGHUP)

    def _is(self, word: str, file: Path) -> bool:
        place = word.removeprefix("--config=").removeprefix("file:")
        return (self.folder / place).resolve() == file.resolve()

    @staticmethod
    def _instead(word: str, candidate: Path) -> str:
        head = "--config=" if word.startswith("--config=") else ""
        return f"{head}{candidate.resolve()}"
