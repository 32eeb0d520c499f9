"""From a line of Loki to a log record."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import TypeAlias

from otel_logging import semconv
from otel_logging.backends.json_text import structured
from otel_logging.backends.loki_tempo.names import RECORD, RESOURCE, Names, loki_name
from otel_logging.backends.times import rfc3339
from otel_logging.backends.types import LogRecord
from otel_logging.store.severity import text_of

_OWN = frozenset(
    {
        "trace_id",
        "span_id",
        "flags",
        "severity_text",
        "severity_number",
        "detected_level",
        "observed_timestamp",
        "event_name",
        "scope_name",
        "scope_version",
    }
)
"""What Loki keeps of a record beside its attributes."""
_SERVICE = loki_name(semconv.SERVICE_NAME)
_UID = loki_name(semconv.LOG_RECORD_UID)

Texts: TypeAlias = dict[str, str]


class Lines:
    """Makes records of lines.

    Args:
        attributes: names of attributes that may be met, beside those of the conventions.
        resource: the same, of resource attributes.
    """

    def __init__(self, attributes: Iterable[str] = (), resource: Iterable[str] = ()) -> None:
        of_resource = (RESOURCE - RECORD).union(resource, [semconv.SERVICE_NAME])
        self._resource = Names(of_resource)
        self._all = Names(of_resource, attributes, RECORD)

    def record(self, time_ns: int, line: str, stream: Texts, about: Texts) -> LogRecord:
        """Return a line, with its stream's labels and its own metadata, as a record."""
        rest = {name: value for name, value in about.items() if name not in _OWN}
        of_resource = {name: value for name, value in rest.items() if name in self._resource}
        of_record = {name: value for name, value in rest.items() if name not in of_resource}
        return LogRecord(
            timestamp=rfc3339(time_ns),
            severity=about.get("severity_text") or text_of(int(about.get("severity_number", 0))),
            body=structured(line),
            service={**about, **stream}.get(_SERVICE, "unknown_service"),
            scope=about.get("scope_name", ""),
            trace_id=about.get("trace_id"),
            span_id=about.get("span_id"),
            event_name=about.get("event_name"),
            attributes=self._restored(of_record),
            resource=self._restored({**stream, **of_resource}),
            uid=about.get(_UID) or _digest(time_ns, line, stream, about),
        )

    def _restored(self, texts: Texts) -> Texts:
        return {self._all.restore(name): value for name, value in texts.items()}


def _digest(*content: object) -> str:
    return blake2b(repr(content).encode(), digest_size=16).hexdigest()
