"""A Collector's configuration with its ends replaced: what comes in and goes out is the test's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec
import yaml

Configuration = Mapping[str, Any]


class ConfigurationError(Exception):
    """Configuration files cannot be used; the message names the file and the reason."""


class Ends(msgspec.Struct, frozen=True):
    """A configuration under test.

    Attributes:
        configuration: With its ends replaced.
        receivers: The ports by the receivers' own names.
        exporters: The exporters' own names, by their number in the path that they send to.
        signals: By exporter the signals of the pipelines that lead to it.
    """

    configuration: dict[str, Any]
    receivers: dict[str, int]
    exporters: list[str]
    signals: dict[str, set[str]]


def load(files: Sequence[Path]) -> Configuration:
    """Merge files as the Collector does: maps deeply, all else is replaced by the later one.

    Raises:
        ConfigurationError: A file cannot be read, or has no pipelines.
    """
    merged: Configuration = reduce(_merge, map(_read, files), {})
    if not (merged.get("service") or {}).get("pipelines"):
        raise ConfigurationError(f"{', '.join(map(str, files))}: no service.pipelines in them")
    return merged


def replaced(given: Configuration, ports: Iterator[int], sink: str) -> Ends:
    """Put OTLP receivers and exporters of the test in the places of the configuration's own.

    Processors and connectors stay as they are. Extensions, and the Collector's own metrics, are
    left out: they are for production.

    Args:
        given: The configuration.
        ports: Free ports, as many as are asked for.
        sink: The URL to which exporters send.
    """
    pipelines = given["service"]["pipelines"]
    between = set(given.get("connectors") or {})
    receivers = _names(pipelines, "receivers", between)
    exporters = _names(pipelines, "exporters", between)
    inlets = {name: f"otlp/in_{number}" for number, name in enumerate(receivers)}
    outlets = {name: f"otlp_http/out_{number}" for number, name in enumerate(exporters)}
    chosen = dict(zip(receivers, ports, strict=False))
    configuration = {
        "receivers": {inlets[name]: _receiver(port) for name, port in chosen.items()},
        "processors": dict(given.get("processors") or {}),
        "connectors": dict(given.get("connectors") or {}),
        "exporters": {
            own: _exporter(f"{sink}/{number}") for number, own in enumerate(outlets.values())
        },
        "service": {
            "pipelines": {
                name: _pipeline(body, inlets, outlets) for name, body in pipelines.items()
            },
            "telemetry": {"metrics": {"level": "none"}, "logs": {"level": "warn"}},
        },
    }
    return Ends(configuration, chosen, exporters, _signals(pipelines, exporters))


def _read(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: {error}") from None


def _merge(base: Any, over: Any) -> Any:
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    return {
        key: _merge(base[key], over[key]) if key in base and key in over else {**base, **over}[key]
        for key in {**base, **over}
    }


def _names(pipelines: Configuration, kind: str, between: set[str]) -> list[str]:
    used = (name for body in pipelines.values() for name in body.get(kind) or ())
    return [name for name in dict.fromkeys(used) if name not in between]


def _signals(pipelines: Configuration, exporters: Sequence[str]) -> dict[str, set[str]]:
    return {
        exporter: {
            name.partition("/")[0]
            for name, body in pipelines.items()
            if exporter in (body.get("exporters") or ())
        }
        for exporter in exporters
    }


def _pipeline(
    body: Configuration, inlets: Mapping[str, str], outlets: Mapping[str, str]
) -> dict[str, Any]:
    return {
        **body,
        "receivers": [inlets.get(name, name) for name in body.get("receivers") or ()],
        "exporters": [outlets.get(name, name) for name in body.get("exporters") or ()],
    }


def _receiver(port: int) -> dict[str, Any]:
    return {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}


def _exporter(url: str) -> dict[str, Any]:
    """Without a queue, so that what is sent has come when the Collector has ended."""
    return {
        "endpoint": url,
        "encoding": "json",
        "compression": "none",
        "sending_queue": {"enabled": False},
        "retry_on_failure": {"enabled": False},
    }
