"""At the edge of the system, a stranger's trace is linked to and not continued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.trace import SpanKind

from otel_logging.launcher.propagation import remote_link

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import Span


class EdgeLinkProcessor(SpanProcessor):
    """Links the server span of a request to the trace that its sender claims."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Add the link to a root server span."""
        if span.kind is SpanKind.SERVER and span.parent is None:
            remote = remote_link(parent_context)
            if remote is not None:
                span.add_link(remote)
