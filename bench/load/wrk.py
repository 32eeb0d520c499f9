"""One run of wrk against a path, with one of the scripts beside this file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


class LoadError(RuntimeError):
    """The load tool is missing, or requests failed; the message says what to do."""


@dataclass(frozen=True)
class Answered:
    """What wrk measured.

    Attributes:
        rps: Requests a second.
        p50_ms: Half of the answers took less.
        p99_ms: One answer of a hundred took longer.
        requests: How many there were.
    """

    rps: float
    p50_ms: float
    p99_ms: float
    requests: int


@dataclass(frozen=True)
class Load:
    """A closed loop: each connection asks again as soon as it was answered.

    Attributes:
        script: Name of a script in this folder, without `.lua`.
        connections: How many ask at once.
        environ: Variables that the script reads.
    """

    script: str
    connections: int
    environ: Mapping[str, str]

    def put_on(self, url: str, seconds: float) -> Answered:
        """Load the URL for so many whole seconds.

        Raises:
            LoadError: wrk is missing, or a request was not answered with success.
        """
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.writelines(
                (FOLDER / f"{name}.lua").read_text() for name in (self.script, "done")
            )
            script.flush()
            options = (
                "-t1",
                f"-c{self.connections}",
                f"-d{seconds:.0f}s",
                f"-s{script.name}",
                "--timeout=30s",
            )
            done = subprocess.run(
                [_program(), *options, url],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, **self.environ},
            )
        if done.returncode != 0 or not done.stdout.strip():
            raise LoadError(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
        return read(done.stdout.splitlines()[-1])


def _program() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise LoadError("wrk is missing; run `scripts/setup debian wrk`")
    return found


def read(line: str) -> Answered:
    """What the last line of `done.lua` says.

    Raises:
        LoadError: a request failed, or there was none.
    """
    told = json.loads(line)
    if told["errors"] or not told["requests"]:
        raise LoadError(f"{told['errors']} of {told['requests']} requests failed")
    rps = told["requests"] / told["seconds"]
    return Answered(rps, told["p50_ms"], told["p99_ms"], told["requests"])
