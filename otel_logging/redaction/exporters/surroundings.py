"""What many records, spans or points share: resource, scope, names."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_logging.redaction.engine import Engine


class _BatchResource(Resource):
    """A resource that is hashed once: OpenTelemetry's encoder looks it up for every span."""

    def __init__(self, attributes: Mapping[str, Any], schema_url: str) -> None:
        super().__init__(attributes, schema_url)
        self._hash = super().__hash__()

    def __hash__(self) -> int:
        return self._hash


class Surroundings:
    """Redacts what many records share, once for each batch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._resources: dict[int, Resource] = {}
        self._scopes: dict[int, InstrumentationScope] = {}
        self._names: dict[str, str] = {}

    def name(self, text: str | None) -> Any:
        """A redacted name, or None."""
        if not text:
            return text
        if text not in self._names:
            self._names[text] = self._engine.text(text)
        return self._names[text]

    def attributes(self, attributes: Mapping[str, Any] | None) -> dict[str, Any]:
        """Redacted attributes."""
        return self._engine.attributes(attributes) if attributes else {}

    def resource(self, resource: Resource) -> Resource:
        """A redacted resource."""
        known = self._resources.get(id(resource))
        if known is None:
            known = _BatchResource(self.attributes(resource.attributes), resource.schema_url)
            self._resources[id(resource)] = known
        return known

    def scope(self, scope: InstrumentationScope) -> InstrumentationScope:
        """A redacted instrumentation scope."""
        known = self._scopes.get(id(scope))
        if known is None:
            known = InstrumentationScope(
                self.name(scope.name),
                scope.version,
                scope.schema_url,
                self.attributes(scope.attributes),
            )
            self._scopes[id(scope)] = known
        return known
