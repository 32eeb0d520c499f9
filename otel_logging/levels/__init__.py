"""Levels of loggers at run time: by call, by a watched file, for one request."""

from otel_logging.levels.loggers import apply_levels, set_level

__all__ = ["apply_levels", "set_level"]
