"""The corpus through the real Collector: it masks what the engine masks."""

import base64
import json
import time
import urllib.request

import pytest

from stack.collector import Collector
from tests.redaction.cases import UNREACHABLE, load, remains
from tests.redaction.otlp import items, mapping, requests

pytestmark = pytest.mark.collector

CASES = load()
PASS_THROUGH = """\
service:
  pipelines:
    logs/in: {receivers: [forward/received], exporters: [forward/redacted, count/tripwire]}
    traces/in:
      receivers: [forward/received]
      exporters: [forward/redacted, count/tripwire, spanmetrics, servicegraph]
    metrics/in: {receivers: [forward/received], exporters: [forward/redacted]}
"""
PATHS = {
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "metrics": ("resourceMetrics", "scopeMetrics", "metrics"),
}


def send(url, signal):
    """Send every case of a signal in one request."""
    outer, middle, inner = PATHS[signal]
    batch = [case.item() for case in CASES if case.surface.signal == signal]
    body = json.dumps({outer: [{middle: [{inner: batch}]}]}).encode()
    request = urllib.request.Request(
        f"{url}/v1/{signal}", body, {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=60).read()
    return len(batch)


def name_of(signal, item):
    """The case that an item was made from; None for what the Collector made itself."""
    if signal == "metrics":
        points = item.get("sum", {}).get("dataPoints", [])
        return mapping(points[0].get("attributes", [])).get("case") if points else None
    return mapping(item["attributes"]).get("case")


def through(folder, redaction):
    """What comes out of the Collector, by case."""
    collector = Collector(
        folder, overlays=("file",), variables={"OTLOG_COLLECTOR_FILE": str(folder / "files")}
    )
    if redaction is not None:
        collector.files[1] = redaction
    received = {}
    with collector:
        expected = sum(send(collector.http, signal) for signal in PATHS)
        deadline = time.monotonic() + 60
        while len(received) < expected and time.monotonic() < deadline:
            time.sleep(0.3)
            for signal, path in PATHS.items():
                for item in items(requests(folder / "files", signal), *path):
                    if name := name_of(signal, item):
                        received[name] = item
    assert len(received) == expected
    return received


@pytest.fixture(scope="module")
def redacted(tmp_path_factory):
    return through(tmp_path_factory.mktemp("redacted"), None)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untouched")
    file = folder / "pass-through.yaml"
    file.write_text(PASS_THROUGH)
    return through(folder, file)


def strip(item):
    """An item's values as Python, so that escapes and base64 hide nothing."""
    if isinstance(item, dict):
        if "bytesValue" in item:
            return base64.b64decode(item["bytesValue"])
        return {key: strip(value) for key, value in item.items()}
    return [strip(value) for value in item] if isinstance(item, list) else item


def test_without_redaction_every_case_leaks(untouched):
    """The guard of the guard: a test that finds nothing here would prove nothing."""
    missed = [
        case.name for case in CASES if not remains(strip(untouched[case.label]), case.secrets)
    ]

    assert missed == []


def test_collector_masks_what_the_engine_masks(redacted):
    """No case leaks but those that no Collector can reach."""
    leaks = {
        case.name: remains(strip(redacted[case.label]), case.secrets)
        for case in CASES
        if case.unreachable is None and remains(strip(redacted[case.label]), case.secrets)
    }

    assert leaks == {}


def test_list_of_unreachable_is_exact(redacted):
    """Every reason on the list is used and real, and no other reason is given."""
    reasons = {case.unreachable for case in CASES if case.unreachable}
    real = {
        case.unreachable
        for case in CASES
        if case.unreachable and remains(strip(redacted[case.label]), case.secrets)
    }

    assert reasons == UNREACHABLE
    assert real == UNREACHABLE


def test_loans_are_paid_back(redacted):
    """Nothing that the processors lend each other leaves the Collector."""
    bodies = {"body map"}
    reachable = [
        case.label for case in CASES if case.unreachable is None and case.surface.name not in bodies
    ]
    text = json.dumps([redacted[label] for label in reachable])

    assert "otlog.loan" not in text
    assert "redaction.ignored" not in text
    assert "redaction.allowed" not in text
