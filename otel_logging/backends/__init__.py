"""One query interface over whatever keeps logs and traces."""

from otel_logging.backends.analysis import (
    ErrorGroup,
    GraphEdge,
    GraphNode,
    Histogram,
    MetricName,
    MetricPoint,
    ServiceGraph,
)
from otel_logging.backends.interface import (
    Backend,
    BackendError,
    LogQuery,
    NotFoundError,
    OverviewQuery,
    TraceQuery,
)
from otel_logging.backends.opening import open_backend
from otel_logging.backends.types import (
    Link,
    LogRecord,
    Service,
    Span,
    SpanEvent,
    Status,
    Summary,
    TraceSummary,
    Transaction,
)

__all__ = [
    "Backend",
    "BackendError",
    "ErrorGroup",
    "GraphEdge",
    "GraphNode",
    "Histogram",
    "Link",
    "LogQuery",
    "LogRecord",
    "MetricName",
    "MetricPoint",
    "NotFoundError",
    "OverviewQuery",
    "Service",
    "ServiceGraph",
    "Span",
    "SpanEvent",
    "Status",
    "Summary",
    "TraceQuery",
    "TraceSummary",
    "Transaction",
    "open_backend",
]
