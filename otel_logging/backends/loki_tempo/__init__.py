"""Logs from Loki and traces from Tempo as one backend.

What Loki cannot give back, and what is done about it:

- Names: Loki keeps `[A-Za-z0-9_]` only. Names of the semantic conventions, of this library and of
  the trace's own spans get their dots back; others stay as Loki has them.
- Types: every attribute is text; an array is JSON text.
- Resource, scope and record share one set of names. What the conventions or the trace's spans call
  a resource attribute is one; the rest counts as the record's, and of two of one name one is left.
- A string body that is JSON in the form that Loki gives to structured bodies is read as structure.
"""

from otel_logging.backends.loki_tempo.backend import LokiTempoBackend

__all__ = ["LokiTempoBackend"]
