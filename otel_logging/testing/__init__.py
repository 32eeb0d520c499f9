"""For tests of applications: records and spans as they would have left.

pytest finds the fixtures by itself where this package is installed::

    def test_a_failed_login_is_an_event(otel_logs, otel_spans):
        login("bob", "wrong")

        event = otel_logs.assert_event("auth.login", severity="WARN", reason="bad_credentials")
        otel_spans.assert_inside(event, "POST /login")
        otel_logs.assert_absent("wrong")
        otel_spans.assert_absent("wrong")
"""

from otel_logging.testing.logs import CapturedLogs, captured_logs, otel_logs
from otel_logging.testing.spans import CapturedSpan, CapturedSpans, captured_spans, otel_spans

__all__ = [
    "CapturedLogs",
    "CapturedSpan",
    "CapturedSpans",
    "captured_logs",
    "captured_spans",
    "otel_logs",
    "otel_spans",
]
