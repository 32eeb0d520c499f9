"""logfire's scrubber with its default patterns, as its exporter calls it for logs."""

from collections.abc import Sequence
from typing import Any

from logfire._internal.scrubbing import Scrubber
from opentelemetry._logs import LogRecord

from bench.records import Sample


class Logfire:
    """Scrubs one OpenTelemetry log record after the other."""

    def __init__(self) -> None:
        self._scrubber = Scrubber(None)

    def prepare(self, samples: Sequence[Sample]) -> list[LogRecord]:
        """The samples as OpenTelemetry's log records."""
        return [LogRecord(body=each.body, attributes=each.attributes) for each in samples]

    def redact(self, records: list[Any]) -> list[Any]:
        """The records, copied where something was scrubbed."""
        scrub = self._scrubber.scrub_log
        return [scrub(record) for record in records]


def create() -> Logfire:
    """Make a scrubber without patterns of its own."""
    return Logfire()
