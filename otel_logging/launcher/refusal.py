"""Refusing to start: a message on standard error and an exit, never half a set-up."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from otel_logging.redaction.policy import PolicyError
from otel_logging.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

EX_CONFIG: Final = 78
"""Exit status for a configuration error (sysexits.h)."""


@contextmanager
def refuse_on_error() -> Iterator[None]:
    """End the process with a message when the set-up inside the block fails.

    The launcher runs while Python itself starts, where an exception would be printed and
    forgotten, and the service would run without telemetry or without redaction.
    """
    try:
        yield
    except (SettingsError, PolicyError) as error:
        _refuse(str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not be swallowed
        traceback.print_exc()
        _refuse(f"setting up OpenTelemetry failed: {type(error).__name__}: {error}")


def _refuse(reason: str) -> None:
    sys.stderr.write(f"otel-logging: refusing to start: {reason}\n")
    sys.stderr.flush()
    os._exit(EX_CONFIG)
