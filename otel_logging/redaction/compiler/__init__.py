"""The policy compiled for the Collector: the second line of defence."""

from otel_logging.redaction.compiler.document import compile_policy

__all__ = ["compile_policy"]
