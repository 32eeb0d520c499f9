"""OpenTelemetry's SDK and instrumentations, for a program that sets itself up."""

from __future__ import annotations

import os
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.instrumentation.dependencies import get_dist_dependency_conflicts
from opentelemetry.sdk._configuration import _OTelSDKConfigurator
from opentelemetry.sdk.trace import TracerProvider

from otel_logging import semconv
from otel_logging.diagnostics import diagnostics
from otel_logging.launcher.distro import Distro

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping


class _Configurator(_OTelSDKConfigurator):
    """OpenTelemetry's own configurator, which must be derived from."""


def configure_sdk(service_name: str | None, resource: Mapping[str, str]) -> None:
    """Set the providers by OpenTelemetry's variables, unless the program has set them."""
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    _name_service(os.environ, service_name, resource)
    _Configurator().configure()  # type: ignore[no-untyped-call]


def load_instrumentations() -> None:
    """Instrument the installed libraries, as `opentelemetry-instrument` does."""
    disabled = os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").split(",")
    disabled = [name.strip() for name in disabled]
    for entry_point in entry_points(group="opentelemetry_instrumentor"):
        if "*" in disabled or entry_point.name in disabled or entry_point.dist is None:
            continue
        try:
            if get_dist_dependency_conflicts(entry_point.dist) is None:
                Distro().load_instrumentor(entry_point, skip_dep_check=True)
        except ModuleNotFoundError:
            continue  # the library is not installed
        except Exception as error:  # noqa: BLE001 - one library must not keep the others
            diagnostics.error(f"instrument.{entry_point.name}", "instrumentation", error)


def _name_service(
    environ: MutableMapping[str, str], service_name: str | None, resource: Mapping[str, str]
) -> None:
    # The SDK reads the resource from the environment in every configuration mode.
    given = environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    ours = dict(resource)
    if service_name is not None and f"{semconv.SERVICE_NAME}=" not in given:
        environ.setdefault("OTEL_SERVICE_NAME", service_name)
    added = [f"{name}={value}" for name, value in ours.items() if f"{name}=" not in given]
    if added:
        environ["OTEL_RESOURCE_ATTRIBUTES"] = ",".join(filter(None, [given, *added]))
