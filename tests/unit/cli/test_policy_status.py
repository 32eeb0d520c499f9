"""`otel-logging policy status`: what it says of versions, and its exit codes."""

import http.server
import threading

import pytest

from otel_logging.cli import main
from otel_logging.doctor.collector_page import policy_version
from otel_logging.doctor.rules import DIFFERENT, SAME, UNKNOWN, Place, judge
from otel_logging.redaction import load_policy

FILE = Place("policy file", "aaa")


@pytest.mark.parametrize(
    ("places", "code", "words"),
    [
        ([FILE, Place("gateway", "aaa"), Place("collector", "aaa")], SAME, "the same everywhere"),
        (
            [FILE, Place("gateway", "bbb", "i-1"), Place("collector", None)],
            DIFFERENT,
            "gateway i-1",
        ),
        ([FILE, Place("gateway", "off"), Place("collector", "aaa")], DIFFERENT, "gateway"),
        ([FILE, Place("gateway", "aaa"), Place("collector", None)], UNKNOWN, "from collector"),
    ],
)
def test_it_says_plainly_what_differs(places, code, words):
    """A difference weighs more than silence, silence more than agreement."""
    found, sentence = judge(places)

    assert found == code
    assert words in sentence


@pytest.fixture
def page():
    """A page of metrics as the Collector shows it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            version = load_policy().digest()
            labels = {
                "/ours": f'otlog_policy_version="{version}",service_name="otelcol"',
                "/other": 'service_name="otelcol"',
            }[self.path]
            self.wfile.write(f"# TYPE target_info gauge\ntarget_info{{{labels}}} 1\n".encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_collectors_version_is_read_from_its_page(page):
    """Ours, none, and no answer."""
    assert policy_version(f"{page}/ours") == load_policy().digest()
    assert policy_version(f"{page}/other") == ""
    assert policy_version("http://127.0.0.1:9/metrics") is None


def test_who_does_not_answer_is_named(page, capsys):
    """The Collector answers, the store does not."""
    asked = ("--collector", f"{page}/ours", "--backend", "http://127.0.0.1:9")

    assert main(["policy", "status", *asked]) == UNKNOWN

    told = capsys.readouterr().out

    assert told.count(load_policy().digest()) == 2
    assert "no answer from processes" in told
    assert "no store answers at http://127.0.0.1:9" in told
