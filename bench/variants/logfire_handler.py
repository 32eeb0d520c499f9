"""logfire's handler for `logging`, with its scrubbing on and nothing sent."""

from pathlib import Path

import logfire
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from bench.variants import StandardLogging


class Counter(SpanProcessor):
    """Counts the records, which logfire makes spans of."""

    def __init__(self) -> None:
        self.count = 0

    def on_end(self, span: ReadableSpan) -> None:
        """Count one."""
        self.count += span.attributes is not None


class Logfire(StandardLogging):
    """logfire behind `logging`."""

    def __init__(self) -> None:
        self._counter = Counter()
        logfire.configure(
            send_to_logfire=False,
            console=False,
            inspect_arguments=False,
            additional_span_processors=[self._counter],
        )
        super().__init__(logfire.LogfireLoggingHandler())

    def written(self) -> int:
        """Spans that have ended."""
        return self._counter.count


def start(_: Path) -> Logfire:
    """Set up logfire."""
    return Logfire()
