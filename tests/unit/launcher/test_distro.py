"""Defaults of the launcher, and the one variable that the SDK reads in another unit."""

import pytest

from otel_logging.launcher.distro import is_replaced, set_defaults


def test_defaults_fill_what_is_open():
    """Empty counts as unset; what is set stays."""
    environ = {"OTEL_TRACES_EXPORTER": "console", "OTEL_LOGS_EXPORTER": ""}
    set_defaults(environ)

    assert environ == {
        "OTEL_TRACES_EXPORTER": "console",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
        "OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION": "false",
    }


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("10000", "10"), ("1000", "1"), ("10", "10"), ("2.5", "2.5"), ("soon", "soon")],
)
def test_timeouts_in_milliseconds_become_seconds(given, seconds, capsys):
    """Openly: it is said on standard error."""
    environ = {"OTEL_EXPORTER_OTLP_TIMEOUT": given}
    set_defaults(environ)

    assert seconds == environ["OTEL_EXPORTER_OTLP_TIMEOUT"]


@pytest.mark.parametrize(
    ("name", "environ", "expected"),
    [
        ("aio-pika", {}, True),
        ("httpx", {}, False),
        ("logging", {}, True),
        ("logging", {"OTEL_PYTHON_LOG_CORRELATION": "TRUE"}, False),
    ],
)
def test_instrumentations_that_ours_stand_in_for(name, environ, expected):
    """That of `logging` is loaded for formats that show trace IDs."""
    assert expected is is_replaced(name, environ)
