"""Redaction holds in every way OpenTelemetry can be configured; a bad one is refused."""

import json

import pytest

PROGRAM = """
import logging
from opentelemetry import metrics, trace
log = logging.getLogger("shop")
with trace.get_tracer("shop").start_as_current_span("pay bob@example.com") as span:
    span.set_attribute("password", "hunter2")
    span.add_event("card 4111 1111 1111 1111")
    log.info("mail bob@example.com", extra={"password": "hunter2"})
    log.debug("unseen")
metrics.get_meter("shop").create_counter("sold").add(1, {"email": "bob@example.com"})
"""
SECRETS = ("bob@example.com", "hunter2", "4111 1111 1111 1111")
CONFIGURE = "import otel_logging\notel_logging.configure('shop')\n"


def leaks(*texts):
    """The secrets that are in texts."""
    return [secret for secret in SECRETS for text in texts if secret in text]


@pytest.mark.parametrize(
    ("launcher", "source", "environ"),
    [
        (True, PROGRAM, {}),
        (True, PROGRAM, {"OTLOG_BRIDGE": "compat"}),
        (
            True,
            PROGRAM,
            {
                "OTEL_PYTHON_DISTRO": "distro",
                "OTEL_PYTHON_CONFIGURATOR": "configurator",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            },
        ),
        (True, PROGRAM, {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}),
        (True, PROGRAM, {"OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED": "true"}),
        (True, PROGRAM, {"OTEL_PYTHON_LOG_CORRELATION": "true"}),
        (False, CONFIGURE + PROGRAM, {}),
        (True, CONFIGURE + PROGRAM, {}),
    ],
    ids=[
        "environment",
        "compat",
        "opentelemetry-distro",
        "gzip",
        "sdk-handler",
        "correlation",
        "configure",
        "both",
    ],
)
def test_all_three_signals_arrive_once_and_redacted(
    laboratory, collector, launcher, source, environ
):
    """INFO by default, nothing twice, no secret on the wire or on the console."""
    process = laboratory.program(source, launcher=launcher, **environ)

    assert process.wait() == 0, process.text
    (log,) = [each for each in collector.logs() if each["scope"] == "shop"]
    (span,) = collector.spans()
    assert log["body"] == "mail ***MASKED***"
    assert span.trace_id.hex() == log["trace_id"]
    assert span.name == "pay ***MASKED***"
    assert {"sold"} <= {metric.name for metric in collector.metrics()}
    assert leaks(process.text, repr(collector.requests), repr(collector.raw)) == []
    assert "otelTraceID" not in log["attributes"]


DECLARATIVE = """
file_format: "1.0"
resource:
  attributes:
    - {name: service.name, value: declared}
logger_provider:
  processors:
    - batch:
        exporter: {otlp_http: {endpoint: "URL/v1/logs"}}
tracer_provider:
  processors:
    - batch:
        exporter: {otlp_http: {endpoint: "URL/v1/traces"}}
    - simple:
        exporter: {console: {}}
meter_provider:
  readers:
    - periodic:
        exporter: {otlp_http: {endpoint: "URL/v1/metrics"}}
"""


def test_a_declarative_configuration_is_redacted_too(laboratory, collector):
    """`OTEL_CONFIG_FILE`, in which processors of a distro are ignored."""
    pytest.importorskip("opentelemetry.configuration")
    path = laboratory.folder / "sdk.yaml"
    path.write_text(DECLARATIVE.replace("URL", collector.url))
    process = laboratory.program(PROGRAM, OTEL_CONFIG_FILE=str(path))

    assert process.wait() == 0, process.text
    (log,) = [each for each in collector.logs() if each["scope"] == "shop"]
    assert (log["body"], log["resource"]["service.name"]) == ("mail ***MASKED***", "declared")
    assert [span.name for span in collector.spans()] == ["pay ***MASKED***"]
    assert "pay ***MASKED***" in process.text
    assert {"sold"} <= {metric.name for metric in collector.metrics()}
    assert leaks(process.text, repr(collector.requests), repr(collector.raw)) == []


def test_opentelemetrys_console_exporters_are_redacted_too(laboratory):
    """They print what they export."""
    process = laboratory.program(
        PROGRAM,
        OTEL_LOGS_EXPORTER="console",
        OTEL_TRACES_EXPORTER="console",
        OTEL_METRICS_EXPORTER="console",
        OTLOG_CONSOLE="off",
    )

    assert process.wait() == 0
    assert "mail ***MASKED***" in process.text
    assert "pay ***MASKED***" in process.text
    assert "sold" in process.text
    assert leaks(process.text) == []


def test_redaction_off_warns_and_shows_that_the_search_can_find(laboratory, collector):
    """The other tests' search would find what leaks."""
    process = laboratory.program(PROGRAM, OTLOG_REDACTION="off")

    assert process.wait() == 0, process.text
    assert "redaction is OFF" in process.text
    assert list(SECRETS) == sorted(set(leaks(repr(collector.requests))), key=SECRETS.index)


def test_providers_of_the_programs_own_are_redacted(laboratory, collector):
    """A processor of an unknown type is taken out, and that is said."""
    source = """
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

class Own(SpanProcessor):
    def on_end(self, span):
        print("OWN", span.name, flush=True)

provider = TracerProvider()
provider.add_span_processor(Own())
provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
trace.set_tracer_provider(provider)
"""
    process = laboratory.program(source + CONFIGURE + PROGRAM, launcher=False)

    assert process.wait() == 0, process.text
    assert "OWN" not in process.text
    assert "__main__.Own is not known" in process.text
    assert "pay ***MASKED***" in process.text
    assert leaks(process.text) == []


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"OTLOG_LOG_LEVEL": "LOUD"}, "OTLOG_LOG_LEVEL='LOUD': expected one of TRACE"),
        ({"OTLOG_POLICY": "/nowhere.yaml"}, "OTLOG_POLICY='/nowhere.yaml': no such file"),
        ({"OTEL_LOGS_EXPORTER": "carrier-pigeon"}, "Requested component 'carrier-pigeon'"),
    ],
)
def test_bad_configuration_is_refused_at_start(laboratory, environ, message):
    """OpenTelemetry would go on without telemetry."""
    process = laboratory.program("print('RUNNING')", **environ)

    assert process.wait() == 78
    assert "otel-logging: refusing to start: " in process.text
    assert message in process.text
    assert "RUNNING" not in process.text


def test_a_bad_policy_is_refused_with_file_line_and_reason(laboratory):
    """Half a policy is none."""
    policy = laboratory.folder / "policy.yaml"
    policy.write_text("keys:\n  - name: Not A Name\n    match: [x]\n")
    process = laboratory.program("print('RUNNING')", OTLOG_POLICY=str(policy))

    assert process.wait() == 78
    assert f"refusing to start: {policy}:" in process.text
    assert "RUNNING" not in process.text


def test_configure_raises_where_the_launcher_exits(laboratory):
    """A program can handle its own mistakes."""
    process = laboratory.program(
        "import otel_logging\n"
        "try: otel_logging.configure()\n"
        "except otel_logging.SettingsError as error: print('REFUSED', error)",
        launcher=False,
        OTLOG_EDGE="perhaps",
    )

    assert process.wait() == 0
    assert "REFUSED OTLOG_EDGE='perhaps': expected one of true, false" in process.text


@pytest.mark.parametrize(
    "configuration",
    [
        "logging.config.dictConfig({'version': 1, 'root': {'level': 'INFO', 'handlers': []}})",
        "logging.basicConfig(level='INFO', force=True)",
        "logging.config.dictConfig({'version': 1, 'loggers': {'shop': {'propagate': False}}})",
        "logging.getLogger('shop').propagate = False",
        "logging.getLogger().addHandler(logging.StreamHandler())",
    ],
)
def test_no_logging_configuration_hides_records_or_doubles_them(
    laboratory, collector, configuration
):
    """Not on the wire, and not on the console."""
    process = laboratory.program(
        f"import logging, logging.config\n{configuration}\nlogging.getLogger('shop').info('here')"
    )
    process.wait()

    assert [log["body"] for log in collector.logs()] == ["here"]
    assert process.text.count("here") == 1


def test_a_handler_of_ones_own_still_runs(laboratory, collector):
    """A file is the application's own business."""
    process = laboratory.program(
        "import logging\nlogging.getLogger().addHandler(logging.FileHandler('own.log'))\n"
        "logging.getLogger('shop').info('here')"
    )
    process.wait()

    assert (laboratory.folder / "own.log").read_text() == "here\n"
    assert [log["body"] for log in collector.logs()] == ["here"]


def test_debug_does_not_feed_on_itself(laboratory, collector):
    """The SDK's HTTP client writes DEBUG lines for each export; they are not exported."""
    process = laboratory.program(
        "import logging, time\n"
        "from opentelemetry import trace\n"
        "for n in range(20):\n"
        "    with trace.get_tracer('a').start_as_current_span('a'): pass\n"
        "    logging.getLogger('shop').debug('line %s', n)\n"
        "    time.sleep(0.1)\n",
        OTLOG_LOG_LEVEL="DEBUG",
        OTEL_BSP_SCHEDULE_DELAY="50",
        OTEL_BLRP_SCHEDULE_DELAY="50",
    )
    process.wait()
    others = [log for log in collector.logs() if log["scope"] not in {"shop", "asyncio"}]

    assert len([log for log in collector.logs() if log["scope"] == "shop"]) == 20
    assert [log["scope"] for log in others] == []
    assert "urllib3" in {
        json.loads(line)["scope"].split(".")[0]
        for line in process.text.splitlines()
        if line.startswith("{")
    }


def test_what_the_sdk_complains_about_is_on_standard_error(laboratory):
    """Also when the console is off: OpenTelemetry's own handler hides it."""
    process = laboratory.program(
        "import logging\nlogging.getLogger('opentelemetry.sdk.trace').error('spans are lost')",
        OTLOG_CONSOLE="off",
    )
    process.wait()

    assert "opentelemetry.sdk.trace: spans are lost" in process.text
