"""The library's diagnostics, under the name that bridge and launcher know them by."""

from otel_logging.diagnostics import Diagnostics, diagnostics, write_line

__all__ = ["Diagnostics", "diagnostics", "write_line"]
