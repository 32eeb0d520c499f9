"""Starting the canary as services are started."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from otel_logging.doctor.canary import Sent
from otel_logging.doctor.outcome import StepError
from otel_logging.doctor.planted import Planted
from otel_logging.doctor.rules import BARE_SERVICE

SERVICE: Final = "otel-logging-doctor"
"""`service.name` of the canary."""

_LAUNCHER: Final = "opentelemetry-instrument"
_DEADLINE: Final = 300.0
_SHOWN: Final = 300


class Launched(msgspec.Struct, frozen=True):
    """A canary that was sent.

    Attributes:
        planted: What it carried.
        sent: What it says that it sent.
        console: Everything that it printed as a log.
        at: `time.monotonic()` when it was sent.
    """

    planted: Planted
    sent: Sent
    console: str
    at: float


def launch(environ: Mapping[str, str], *, redaction: bool = True) -> Launched:
    """Send a canary by an environment, redacted in its process or not.

    Raises:
        StepError: It cannot be started, or did not hand over what it sent.
    """
    planted = Planted.fresh()
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [_launcher(), sys.executable, "-m", "otel_logging.doctor.canary"],
            input=msgspec.json.encode(planted),
            capture_output=True,
            timeout=_DEADLINE,
            check=False,
            env={**environ, **_variables(environ, planted, redaction=redaction)},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StepError(f"the canary did not run: {error}", _REPAIR) from None
    told = done.stderr.decode("utf-8", "replace")
    try:
        sent = msgspec.json.decode(done.stdout, type=Sent)
    except msgspec.MsgspecError:
        shown = _shown(told, planted)
        raise StepError(f"the canary ended with {done.returncode}: {shown}", _REPAIR) from None
    if not sent.delivered:
        advice = "look at the Collector's output: it may refuse, or be slow"
        raise StepError(f"not everything was taken: {_shown(told, planted)}", advice)
    return Launched(planted, sent, told, time.monotonic())


_REPAIR: Final = "start a service by `opentelemetry-instrument` in this environment to see why"


def _launcher() -> str:
    beside = Path(sys.executable).with_name(_LAUNCHER)
    return str(beside) if beside.exists() else shutil.which(_LAUNCHER) or _LAUNCHER


def _variables(environ: Mapping[str, str], planted: Planted, *, redaction: bool) -> dict[str, str]:
    hidden = f"canary.password={planted.secrets['resource attribute']}"
    resource = environ.get("OTEL_RESOURCE_ATTRIBUTES")
    sampler = environ.get("OTEL_TRACES_SAMPLER") or ""
    return {
        "OTEL_SERVICE_NAME": SERVICE if redaction else BARE_SERVICE,
        "OTEL_RESOURCE_ATTRIBUTES": f"{resource},{hidden}" if resource else hidden,
        "OTLOG_CONSOLE": "json",
        "OTLOG_LOG_LEVEL": "INFO",
        "OTLOG_LOGGER_LEVELS": "",
        "OTLOG_REDACTION": "on" if redaction else "off",
        # A canary that is not sampled proves nothing.
        **({"OTEL_TRACES_SAMPLER": "always_on"} if "ratio" in sampler else {}),
    }


def _shown(told: str, planted: Planted) -> str:
    """The last words of what was printed, without the secrets."""
    for secret in planted.secrets.values():
        told = told.replace(secret, "***")
    return told.strip()[-_SHOWN:]
