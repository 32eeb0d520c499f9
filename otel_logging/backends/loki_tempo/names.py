"""From OpenTelemetry's names to Loki's, and back where that is possible."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opentelemetry.semconv.attributes import deployment_attributes
from opentelemetry.semconv.resource import ResourceAttributes

from otel_logging import semconv

_NOT_ALLOWED = re.compile(r"[^a-zA-Z0-9]+")
_ITEM = re.compile(r"(.+?)((?:_\d+)+)")


def loki_name(name: str) -> str:
    """Return the name under which Loki keeps an attribute.

    As seen in Loki 3.7: whatever is no letter or digit becomes `_`, one for each run of them, and
    a name that starts with a digit gets `key_` before it.
    """
    changed = _NOT_ALLOWED.sub("_", name)
    return f"key_{changed}" if changed[:1].isdecimal() else changed


def _constants(owner: object) -> frozenset[str]:
    values = (value for name, value in vars(owner).items() if name.isupper())
    return frozenset(value for value in values if isinstance(value, str))


RESOURCE = _constants(ResourceAttributes) | _constants(deployment_attributes)
"""Names that the semantic conventions give to attributes of resources."""
RECORD = _constants(semconv)
"""Names that this library writes."""


class Names:
    """Knows names by what Loki makes of them."""

    def __init__(self, *known: Iterable[str]) -> None:
        self._known = {loki_name(name): name for names in known for name in names}

    def __contains__(self, changed: str) -> bool:
        return changed in self._known

    def restore(self, changed: str) -> str:
        """Return the name behind Loki's; Loki's own when it is not known.

        The Collector writes an array as one attribute an item, `user.roles.0`.
        """
        if changed in self._known:
            return self._known[changed]
        item = _ITEM.fullmatch(changed)
        if item and item[1] in self._known:
            return self._known[item[1]] + item[2].replace("_", ".")
        return changed
