"""A variant in a process of its own, as the bench sees it."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.receiver import Receiver

ROOT = Path(__file__).parent.parent
SETTLE = 0.03
"""Seconds left to a worker, once its last record has arrived, to end what it was doing."""


PATIENCE = 60.0
"""Seconds that records may take to arrive."""


class WrongCountError(RuntimeError):
    """A variant has not written as many records as it was asked to."""


@dataclass(frozen=True)
class Setup:
    """How a variant is started.

    Attributes:
        module: Its module in `bench.variants`.
        label: Its name for people.
        launcher: True if `opentelemetry-instrument` starts it.
        exports: True if its records go to a `Receiver`.
        environ: Environment variables of its own.
        counted: False if nothing is written that could be counted.
    """

    module: str
    label: str
    launcher: bool = False
    exports: bool = False
    environ: tuple[tuple[str, str], ...] = ()
    counted: bool = True


@dataclass(frozen=True)
class Case:
    """What is logged.

    Attributes:
        records: How many in one repetition, over all threads.
        attributes: Extra attributes of each.
        errors: True if each carries an exception.
        threads: How many threads log at once.
        spinner: True if a CPU-bound thread runs beside.
        rate: Records a second in an event loop; 0 for as fast as can be.
    """

    records: int = 1_024
    attributes: int = 4
    errors: bool = False
    threads: int = 1
    spinner: bool = False
    rate: int = 0


class VariantProcess:
    """A running variant; leaving the context ends it."""

    def __init__(self, setup: Setup, folder: Path) -> None:
        self.setup = setup
        self._receiver = Receiver() if setup.exports else None
        self._written = 0
        folder.mkdir()
        launcher = [str(Path(sys.executable).with_name("opentelemetry-instrument"))]
        self._stderr = (folder / "stderr").open("wb")
        self._process = subprocess.Popen(
            [
                *(launcher if setup.launcher else []),
                sys.executable,
                "-m",
                "bench.variants",
                setup.module,
                str(folder),
            ],
            cwd=ROOT,
            env=self._environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        if kind is not None:
            self._process.terminate()
        self._process.wait(30)
        self._stderr.close()

    def run(self, case: Case, seed: int) -> dict[str, float]:
        """Run a case once; times in µs for each record, or the event loop's lag in ms.

        Raises:
            WrongCountError: Records are missing, or there are too many.
        """
        order = {"seed": seed, **asdict(case)}
        if case.rate:
            result = {"lag": self._ask("lag", order)["lag_ms"]}
            self._finish(case)
            return result
        caller = self._ask("log", order)["caller_ns"]
        total = self._finish(case)["total_ns"]
        return {"caller": caller / case.records / 1e3, "total": total / case.records / 1e3}

    def _finish(self, case: Case) -> dict[str, Any]:
        self._written += case.records
        if self._receiver is not None:
            self._receiver.wait_for(self._written, PATIENCE)
            time.sleep(SETTLE)
        answer = self._ask("finish", {})
        written = self._receiver.count if self._receiver is not None else answer["written"]
        if self.setup.counted and written != self._written:
            raise WrongCountError(
                f"{self.setup.label}: {written} records of {self._written} were written"
            )
        return answer

    def _ask(self, what: str, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **order}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            error = Path(self._stderr.name).read_text()[-2_000:]
            raise RuntimeError(f"{self.setup.label} ended with status {code}:\n{error}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _environ(self) -> dict[str, str]:
        ours = ("OTEL_", "OTLOG_", "LOG_LEVEL", "LOGFIRE_")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        environ["OTEL_SERVICE_NAME"] = "bench"
        if self._receiver is not None:
            environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = self._receiver.endpoint
        return {**environ, **dict(self.setup.environ)}
