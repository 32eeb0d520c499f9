"""Playing the scenario at a gateway, and telling what happens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx

from demo.scenario import Result, Scenario
from otel_logging.cli.options import BACKEND_VARIABLE


def say(message: str) -> None:
    """Print a line of the demo's own."""
    print(f"demo: {message}", flush=True)


def play(gateway: str, admin_password: str | None = None) -> Result:
    """Play the scenario at a gateway's URL, and tell each step.

    Without the administrator's password, the steps that need it are left out.

    Raises:
        ScenarioError: when a step's answer is not the expected one.
    """
    with httpx.Client(base_url=gateway, timeout=30) as client:
        result = Scenario(client, admin_password=admin_password).run()
    for step in result.steps:
        say(f"  {step.status} {step.title:<34} trace {step.trace_id}")
    return result


def show(trace_id: str, backend: str) -> None:
    """Print a trace by the command that its user would type."""
    command = Path(sys.executable).with_name("otel-logging")
    print(f"\n$ otel-logging trace {trace_id}", flush=True)
    # By a variable: the backend's URL may hold a password.
    environ = {**os.environ, BACKEND_VARIABLE: backend}
    subprocess.run([command, "trace", trace_id], check=True, env=environ)
    print(flush=True)
