"""A broken engine: whatever step fails, no secret comes out and no error repeats one."""

import inspect
import sys
from types import FunctionType

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import (
    InMemoryLogRecordExporter,
    LogRecordExporter,
    LogRecordExportResult,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    InMemoryMetricReader,
    MetricExporter,
    MetricExportResult,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags

from otel_logging.redaction import ActiveEngine, Engine, load_policy
from otel_logging.redaction.exporters import (
    RedactingLogExporter,
    RedactingMetricExporter,
    RedactingSpanExporter,
)
from tests.redaction.cases import flat

SECRET, CARD, WRAPPED = "hunter2-Xq9", "4111111111111111", "cGFzc3dvcmQ9aHVudGVyMi1YcTk="
PLANTED = (SECRET, CARD, WRAPPED)
TEXT = (
    f"login password={SECRET} card {CARD} {WRAPPED} Set-Cookie: a={SECRET} "
    f"%70assword%3D{SECRET} mia@example.com ('password', '{SECRET}')"
)
ATTRIBUTES = {
    "password": SECRET,
    "user": {"name": "password", "value": SECRET, "card": int(CARD), "raw": TEXT.encode()},
    "pairs": [["token", SECRET], ("password", SECRET)],
    TEXT: "a key",
    "argv": ["--password", SECRET],
    "note": TEXT,
}
PARTS = ("counts", "engine", "findings", "keys", "marks", "pairs", "rules", "scanner", "views")
PARTS += ("walk", "detectors.partials", "detectors.validators")
PARTS += ("exporters.logs", "exporters.metrics", "exporters.spans", "exporters.surroundings")
MODULES = [sys.modules[f"otel_logging.redaction.{part}"] for part in PARTS]


def callables():
    """Every function and method of the engine, with the places that hold it."""
    for module in MODULES:
        for name, item in vars(module).items():
            if getattr(item, "__module__", None) != module.__name__:
                continue
            if isinstance(item, FunctionType):
                yield f"{module.__name__}.{name}", item
            elif inspect.isclass(item):
                for attribute, method in vars(item).items():
                    function = getattr(method, "__func__", method)
                    if isinstance(function, FunctionType) and not attribute.startswith("__"):
                        yield f"{module.__name__}.{name}.{attribute}", function


STEPS = dict(callables())


class Record:
    """A record as the worker holds it."""

    def __init__(self, body=TEXT, attributes=ATTRIBUTES):
        self.body = body
        self.attributes = attributes
        self.event_name = TEXT


class Spans(SpanExporter):
    """Keeps what would be sent."""

    sent = b""

    def export(self, spans):
        self.sent += encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS


class Logs(LogRecordExporter):
    """Keeps what would be sent."""

    sent = b""

    def export(self, batch):
        self.sent += encode_logs(batch).SerializeToString()
        return LogRecordExportResult.SUCCESS

    def shutdown(self):
        pass

    def force_flush(self, timeout_millis=0):
        return True


class Metrics(MetricExporter):
    """Keeps what would be sent."""

    sent = b""

    def export(self, metrics_data, timeout_millis=0, **_):
        self.sent += encode_metrics(metrics_data).SerializeToString()
        return MetricExportResult.SUCCESS

    def shutdown(self, timeout_millis=0, **_):
        pass

    def force_flush(self, timeout_millis=0):
        return True


RESOURCE = Resource({"service.name": "gateway", "db.password": SECRET})
FLAT = {"password": SECRET, "note": TEXT}


@pytest.fixture(scope="module")
def telemetry():
    """Spans, log records and metrics of the SDK with secrets everywhere."""
    spans, logs, reader = (
        InMemorySpanExporter(),
        InMemoryLogRecordExporter(),
        InMemoryMetricReader(),
    )
    tracers = TracerProvider(resource=RESOURCE)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    link = Link(SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1)), FLAT)
    span = tracers.get_tracer(TEXT).start_span(TEXT, attributes=FLAT, links=[link])
    span.add_event(TEXT, FLAT)
    span.set_status(Status(StatusCode.ERROR, TEXT))
    span.end()
    loggers = LoggerProvider(resource=RESOURCE)
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    loggers.get_logger(TEXT).emit(
        LogRecord(
            severity_number=SeverityNumber.INFO,
            severity_text=TEXT,
            body={"deep": TEXT},
            attributes=ATTRIBUTES,
            event_name=TEXT,
        )
    )
    meters = MeterProvider([reader], resource=RESOURCE)
    meters.get_meter(TEXT).create_counter("requests", description=TEXT).add(1, FLAT)
    return spans.get_finished_spans(), logs.get_finished_logs(), reader.get_metrics_data()


def outcome(engine, telemetry):
    """All that comes out of an engine and its exporters; an error lets nothing out."""
    spans, logs, metrics = Spans(), Logs(), Metrics()
    active = ActiveEngine(engine)
    records = [Record(), Record(body={"deep": [TEXT]}), Record(body=TEXT.encode())]
    record_exporter = RedactingLogExporter(logs, active)
    steps = [
        lambda: engine.text(TEXT),
        lambda: engine.attributes(ATTRIBUTES),
        lambda: engine.body({"deep": [ATTRIBUTES, TEXT]}),
        lambda: engine.records(records) or [vars(each) for each in records],
        lambda: RedactingSpanExporter(spans, active).export(telemetry[0]).name,
        lambda: record_exporter.export(telemetry[1]).name,
        lambda: RedactingMetricExporter(metrics, active).export(telemetry[2]).name,
    ]
    results, errors = [], []
    for step in steps:
        try:
            results.append(flat(step()))
        except Exception as error:
            errors.append(type(error).__name__)
    sent = [one.sent.decode("utf-8", "replace") for one in (spans, logs, metrics)]
    return results + sent, errors


def break_step(monkeypatch, function, broken):
    """Put a broken function wherever the engine's modules and classes hold the good one."""
    for module in MODULES:
        for holder in (module, *filter(inspect.isclass, vars(module).values())):
            for name, item in list(vars(holder).items()):
                if getattr(item, "__func__", item) is function:
                    kind = type(item) if isinstance(item, (staticmethod, classmethod)) else None
                    monkeypatch.setattr(holder, name, kind(broken) if kind else broken)


def failing(function, every):
    """The function, except that each `every`-th call fails, with a secret in the error."""
    calls = iter(range(1, 10**9))

    def broken(*args, **kwargs):
        if next(calls) % every == 0:
            raise RuntimeError(TEXT)
        return function(*args, **kwargs)

    return broken


def leaks(outputs):
    return [secret for secret in PLANTED for output in outputs if secret in output]


def test_every_step_is_found():
    """The list of steps is the engine's, not an empty one."""
    assert len(STEPS) > 80
    assert "otel_logging.redaction.scanner.Scanner.hits" in STEPS


def test_a_whole_engine_lets_nothing_out_and_raises_nothing(telemetry):
    """The guard: everything works, everything comes out, but no secret."""
    outputs, errors = outcome(Engine(load_policy()), telemetry)

    assert errors == []
    assert all(outputs)
    assert leaks(outputs) == []


def test_without_an_engine_everything_leaks(telemetry):
    """The guard's guard: each secret is there, in every output."""

    class Through(Engine):
        text = attributes = body = lambda _, value: value

        def records(self, records):
            pass

    outputs, _ = outcome(Through(load_policy()), telemetry)

    texts = [output for output in outputs if output != "SUCCESS"]
    assert len(texts) == 7
    assert all(SECRET in output for output in texts)


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_lets_nothing_out(monkeypatch, telemetry, step, every):
    """Always, or every third time: the secret stays in."""
    engine = Engine(load_policy())
    break_step(monkeypatch, STEPS[step], failing(STEPS[step], every))
    outputs, _ = outcome(engine, telemetry)

    assert leaks(outputs) == []


class Broken:
    """A matcher that fails, or says that nothing was found."""

    def __init__(self, answer=None):
        self._answer = answer

    def Match(self, _):  # noqa: N802
        if self._answer is None:
            raise RuntimeError(TEXT)
        return self._answer

    def finditer(self, *_):
        raise RuntimeError(TEXT)

    find = places = finditer


@pytest.mark.parametrize("answer", [None, []])
def test_a_matcher_that_fails_lets_nothing_out(monkeypatch, telemetry, answer):
    """An automaton that gives up says so, or says nothing: both are noticed."""
    engine = Engine(load_policy())
    monkeypatch.setattr(engine._scanner._gates, "_set", Broken(answer))
    outputs, errors = outcome(engine, telemetry)

    assert leaks(outputs) == []
    assert errors == []
    assert engine.counts.failed


@pytest.mark.parametrize("part", ["patterns", "_sieves", "_names._shapes"])
def test_a_pattern_that_fails_lets_nothing_out(monkeypatch, telemetry, part):
    """Each sieve, and each pattern behind them, in turn."""
    engine = Engine(load_policy())
    *path, name = part.split(".")
    holder = getattr(engine._scanner, path[0]) if path else engine._scanner
    whole = getattr(holder, name)
    for index, each in enumerate(whole):
        broken = (each[0], Broken()) if isinstance(each, tuple) else Broken()
        monkeypatch.setattr(holder, name, [*whole[:index], broken, *whole[index + 1 :]])
        outputs, errors = outcome(engine, telemetry)

        assert leaks(outputs) == []
        assert errors == []


def test_one_record_that_cannot_be_searched_blanks_only_itself(monkeypatch):
    """The others of its chunk are redacted as always."""
    engine = Engine(load_policy())
    suspects = engine._scanner.suspects

    def poisoned(text):
        if b"POISON" in text:
            raise RuntimeError
        return suspects(text)

    monkeypatch.setattr(engine._scanner, "suspects", poisoned)
    records = [Record(f"number {n}", {"note": f"is {n}", "password": SECRET}) for n in range(5)]
    records[2].attributes = {"note": "POISON", "other": TEXT}
    engine.records(records)

    assert records[2].body == "***MASKED***"
    assert records[2].attributes == {}
    for number in (0, 1, 3, 4):
        assert records[number].body == f"number {number}"
        assert records[number].attributes == {"note": f"is {number}", "password": "***MASKED***"}


def test_one_record_that_cannot_be_read_blanks_only_itself():
    """A mapping that raises while it is read."""

    class Unreadable(dict):
        def items(self):
            raise RuntimeError(TEXT)

    engine = Engine(load_policy())
    records = [Record("one", {"a": "b"}), Record(TEXT, Unreadable(a=1)), Record("two", {"a": "c"})]
    engine.records(records)

    assert [each.body for each in records] == ["one", "***MASKED***", "two"]
    assert [each.attributes for each in records] == [{"a": "b"}, {}, {"a": "c"}]
