"""OpenTelemetry-first logs, traces and redaction for Python microservices.

Under `opentelemetry-instrument` nothing needs to be called. A program of its own calls
`configure()` once, first thing.
"""

from otel_logging._version import __version__
from otel_logging.bridge.logger import Logger, get_logger
from otel_logging.context import bind, bound, span_id, trace_id, unbind
from otel_logging.launcher.configure import configure, flush
from otel_logging.levels import set_level
from otel_logging.settings import Settings, SettingsError

__all__ = [
    "Logger",
    "Settings",
    "SettingsError",
    "__version__",
    "bind",
    "bound",
    "configure",
    "flush",
    "get_logger",
    "set_level",
    "span_id",
    "trace_id",
    "unbind",
]
