"""`otel_logging/semconv.py`: every name as a constant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from registry.model import Registry, RegistryError

HEAD = '''"""Names of the attributes, events and metrics that the library and the services write.

Generated from docs/attributes.yaml by `python -m registry`; docs/attributes.md says what each
means. Those without a prefix of ours are OpenTelemetry's semantic conventions
(https://opentelemetry.io/docs/specs/semconv/).
"""

# ruff: noqa: S105 - names of attributes, no secrets
from __future__ import annotations

from typing import Final
'''


def constants(registry: Registry) -> dict[str, str]:
    """Return every constant with its value.

    Raises:
        RegistryError: Two names make the same constant.
    """
    found: dict[str, str] = {}
    for constant, name in _named(registry):
        if constant in found:
            raise RegistryError(f"{name} and {found[constant]} are both called {constant}")
        found[constant] = name
    return found


def module(registry: Registry) -> str:
    """Return the text of the module."""
    lines, section = [HEAD], ""
    for constant, name in constants(registry).items():
        first = re.split(r"[_]", constant, maxsplit=1)[0]
        if first != section:
            lines.append("")
            section = first
        lines.append(f'{constant}: Final = "{name}"')
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _named(registry: Registry) -> Iterator[tuple[str, str]]:
    yield from ((_constant("", name), name) for name in registry.attributes)
    yield from ((_constant("EVENT_", name), name) for name in registry.events)
    yield from ((_constant("METRIC_", name), name) for name in registry.metrics)


def _constant(prefix: str, name: str) -> str:
    own = name.removeprefix("otlog.") if prefix else name
    return prefix + re.sub(r"[^a-z0-9]", "_", own).upper()
