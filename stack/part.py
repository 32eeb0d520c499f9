"""One real program run as a child process: start, wait until ready, stop."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

READY_SECONDS = 120.0
STOP_SECONDS = 30.0
_POLL_SECONDS = 0.05


class StartError(RuntimeError):
    """A part did not become ready; the message says why and what to do."""


class Part(ABC):
    """A program with a folder of its own, its output in a log file there.

    A subclass says which command to run, with which environment, and how to
    see that it is ready. Every part is a context manager.
    """

    name: str
    umask = 0o077

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The program and its arguments."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether the part answers."""

    def environ(self) -> Mapping[str, str]:
        """What to add to this process's environment."""
        return {}

    def prepare(self) -> None:  # noqa: B027 - most parts need no preparation
        """Write files and check ports before the program starts."""

    @property
    def pid(self) -> int:
        """Process ID of the running program.

        Raises:
            StartError: when it was not started.
        """
        if self._process is None:
            raise StartError(f"{self.name} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the program has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Launch the program and wait until it answers.

        Raises:
            StartError: when a port is taken, the program is missing, it ends
                early, or it does not answer in time.
        """
        self.launch()
        self.wait_until_ready()
        return self

    def launch(self) -> None:
        """Start the program and do not wait.

        Raises:
            StartError: when a port is taken or the program is missing.
        """
        self.prepare()
        environ = {**os.environ, **self.environ()}
        try:
            with self.log_file.open("ab") as log:
                self._process = subprocess.Popen(
                    list(self.command()),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environ,
                    start_new_session=True,
                    umask=self.umask,
                )
        except FileNotFoundError as error:
            raise StartError(
                f"{self.name}: {error.filename} is missing; run `make setup`"
            ) from None

    def wait_until_ready(self) -> None:
        """Wait until a launched program answers; kill it when it does not.

        Raises:
            StartError: when it ends early, or does not answer in time.
        """
        try:
            self._poll_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> int | None:
        """Ask the program to end (SIGTERM), kill it when it does not; its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int | None:
        """End the program at once (SIGKILL), as a crash would; its exit code."""
        return self._end(signal.SIGKILL)

    def output(self) -> str:
        """All that the program has printed so far."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _poll_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                raise StartError(f"{self.name} ended while starting:\n{self._last_lines()}")
            if self.ready():
                return
            time.sleep(_POLL_SECONDS)
        raise StartError(
            f"{self.name} did not answer within {READY_SECONDS:.0f} s; its output is in "
            f"{self.log_file}:\n{self._last_lines()}"
        )

    def _last_lines(self, count: int = 15) -> str:
        return "\n".join(self.output().splitlines()[-count:])

    def _end(self, how: signal.Signals) -> int | None:
        if self._process is None:
            return None
        # The program leads a session of its own, so that its children end with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, how)
        try:
            code = self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            code = self._process.wait()
        self._process = None
        return code
