"""Set-up by the program itself, in place of `opentelemetry-instrument`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from otel_logging.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping


def configure(
    service_name: str | None = None,
    *,
    settings: Settings | None = None,
    resource: Mapping[str, str] | None = None,
) -> None:
    """Set up logs, traces and metrics of this process.

    Does what `opentelemetry-instrument` does, `OTEL_*` variables and `OTEL_CONFIG_FILE`
    included. Call it once, before libraries are used. Providers that the program has set
    already stay, and redaction is put before their exporters. Under
    `opentelemetry-instrument` it changes nothing.

    Args:
        service_name: `service.name` of this process; `OTEL_SERVICE_NAME` wins over it.
        settings: Settings of the library; by default those of the environment.
        resource: Further resource attributes; `OTEL_RESOURCE_ATTRIBUTES` wins over them.

    Raises:
        SettingsError: A variable has a value that cannot be used.
        PolicyError: The redaction policy cannot be used.
        RuntimeError: OpenTelemetry's own variables cannot be used, such as an unknown exporter.
    """
    # Loaded when called: a module that only logs need not pay for the SDK.
    from otel_logging.launcher.distro import set_defaults  # noqa: PLC0415
    from otel_logging.launcher.sdk import configure_sdk, load_instrumentations  # noqa: PLC0415
    from otel_logging.launcher.setup import current, set_up  # noqa: PLC0415

    if current() is not None:
        return
    chosen = settings or Settings.from_environ(os.environ)
    set_defaults(os.environ)
    configure_sdk(service_name, resource or {})
    load_instrumentations()
    set_up(chosen)


def flush(timeout: float = 5.0) -> bool:
    """Deliver what was logged, traced and measured so far.

    Args:
        timeout: Longest time to wait, in seconds.

    Returns:
        True if all of it was handed over in time.
    """
    from otel_logging.launcher.setup import current  # noqa: PLC0415

    runtime = current()
    return runtime is None or runtime.flush(timeout)
