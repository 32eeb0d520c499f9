"""Pipelines that are broken, each in one way that happens, and what the doctor has to say."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import reduce
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import httpx

from otel_logging.doctor.case import Pipeline
from otel_logging.redaction import parse_policy
from otel_logging.redaction.compiler import compile_policy
from otel_logging.redaction.policy import DEFAULT_FILE
from stack.ports import HOST, free_port
from stack.store import Store
from tests.collector.graph import merge
from tests.doctor.site import Change, Site

Broken: TypeAlias = Callable[[Site], contextlib.AbstractContextManager[Pipeline]]

OTHER_POLICY = DEFAULT_FILE.read_text().replace(
    "keys:\n", "keys:\n  - {name: badge, match: [badge number]}\n", 1
)
"""The policy in the package with one more rule."""
SIGNALS = ("logs", "traces", "metrics")


COSTLY = frozenset({"search", "collector", "span-metrics"})
"""Steps that wait, or send another canary: asked only where they matter."""
WITHOUT_CANARY = COSTLY | {"canary"}
ALWAYS_OFF = "always_off"


@dataclass(frozen=True)
class Sabotage:
    """One way to break a pipeline.

    Attributes:
        name: what is broken.
        fails: all steps that have to fail, in their order, each with part of what it says.
        broken: opens the broken pipeline.
        skipping: steps that are not asked.
    """

    name: str
    fails: Mapping[str, str]
    broken: Broken
    skipping: frozenset[str] = COSTLY


def _environ(**variables: str) -> Broken:
    """Variables of the process that should not be so."""
    return lambda site: contextlib.nullcontext(site.pipeline(site.environ(**variables)))


def _collector(name: str, **change: Any) -> Broken:
    return lambda site: site.sabotaged(Change(name, **change))


def _wrong_port(site: Site) -> contextlib.AbstractContextManager[Pipeline]:
    environ = site.environ(f"http://{HOST}:{free_port()}")
    return contextlib.nullcontext(site.pipeline(environ))


def _collector_down(site: Site) -> contextlib.AbstractContextManager[Pipeline]:
    nobody = f"http://{HOST}:{free_port()}"
    return contextlib.nullcontext(site.pipeline(site.environ(nobody), collector=nobody))


def _not_a_collector(site: Site) -> contextlib.AbstractContextManager[Pipeline]:
    return contextlib.nullcontext(site.pipeline(site.environ(f"{site.store.http}/api")))


def _store_down(site: Site) -> contextlib.AbstractContextManager[Pipeline]:
    return contextlib.nullcontext(site.pipeline(backend=f"http://{HOST}:{free_port()}"))


def _page_closed(site: Site) -> contextlib.AbstractContextManager[Pipeline]:
    return contextlib.nullcontext(site.pipeline(collector=f"http://{HOST}:{free_port()}/metrics"))


def _broken_policy(site: Site) -> contextlib.AbstractContextManager[Pipeline]:
    file = site.folder / "broken.yaml"
    file.write_text("version: 1\nkyes: []\n")
    return contextlib.nullcontext(site.pipeline(site.environ(OTLOG_POLICY=str(file))))


@contextlib.contextmanager
def _other_policy(site: Site) -> Iterator[Pipeline]:
    """A store of its own, for the others would see this process too."""
    file = site.folder / "other.yaml"
    file.write_text(OTHER_POLICY)
    with Store(site.folder / "other-store") as store:
        other = {"OTLOG_POLICY": str(file), "OTEL_PROPAGATORS": "none"}
        environ = site.environ(store.http, **other)
        yield site.pipeline(environ, backend=store.http)


@contextlib.contextmanager
def _clock_off(site: Site) -> Iterator[Pipeline]:
    """A store on a machine whose clock is an hour ahead."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(httpx.get(f"{site.store.http}{self.path}", timeout=60))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = {"Content-Type": self.headers["Content-Type"]}
            to = f"{site.store.http}{self.path}"
            self._answer(httpx.post(to, content=body, headers=kind, timeout=60))

        def _answer(self, answer: httpx.Response) -> None:
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate((timestamp or time.time()) + 3600, usegmt=True)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield site.pipeline(backend=f"http://{HOST}:{server.server_port}")
        server.shutdown()


def _only(*signals: str) -> dict[str, Any]:
    """An overlay by which signals go to the debug exporter in place of the store."""
    pipelines = {f"{signal}/store": {"exporters": ["debug"]} for signal in signals}
    return {"exporters": {"debug": {}}, "service": {"pipelines": pipelines}}


def _transformed(pipeline: str, context: str, statement: str) -> dict[str, Any]:
    signal = pipeline.partition("/")[0].removesuffix("s")
    statements = {f"{signal}_statements": [{"context": context, "statements": [statement]}]}
    return {
        "processors": {"transform/mine": {"error_mode": "propagate", **statements}},
        "service": {"pipelines": {pipeline: {"processors": ["transform/mine"]}}},
    }


def _merged(*overlays: Mapping[str, Any]) -> Mapping[str, Any]:
    merged: Mapping[str, Any] = reduce(merge, overlays)
    return merged


_UNREDACTED = {
    "service": {
        "pipelines": {
            f"{signal}/in": {"receivers": ["forward/received"], "exporters": ["forward/redacted"]}
            for signal in SIGNALS
        }
        | {
            "traces/in": {
                "receivers": ["forward/received"],
                "exporters": ["forward/redacted", "spanmetrics", "servicegraph", "count/tripwire"],
            }
        }
    }
}
_NO_SPAN_METRICS = {
    "service": {
        "pipelines": {
            "traces/in": {"exporters": ["forward/redacted", "count/tripwire", "servicegraph"]},
            "metrics/otlp": {"receivers": ["otlp", "servicegraph"]},
        }
    }
}

SABOTAGES = (
    Sabotage(
        "the Collector's exporter has a wrong address",
        {
            "log": "took the canary's records",
            "trace": "took the canary's spans",
            "metric": "took the canary's metric",
        },
        _collector("elsewhere", variables={"OTLOG_STORE_ENDPOINT": "http://127.0.0.1:9"}),
    ),
    Sabotage(
        "spans are thrown away and exemplars turned off",
        {"trace": "took the canary's spans", "metric": "no exemplar"},
        _collector(
            "traces", overlay=_only("traces"), process={"OTEL_METRICS_EXEMPLAR_FILTER": ALWAYS_OFF}
        ),
    ),
    Sabotage(
        "a label is dropped and the overlay of metrics missing",
        {"log": "not of service", "metric": "nobody has it"},
        _collector(
            "label",
            overlay=_merged(
                _only("metrics"),
                _transformed("logs/store", "resource", 'delete_key(attributes, "service.name")'),
            ),
        ),
    ),
    Sabotage(
        "records lose their trace and span metrics are left out",
        {
            "log-to-trace": "no trace ID",
            "trace-to-log": "does not lead to its lines",
            "span-metrics": "no span metrics",
        },
        _collector(
            "context",
            overlay=_merged(
                _NO_SPAN_METRICS,
                _transformed("logs/store", "log", f"set(trace_id, TraceID(0x{'0' * 32}))"),
            ),
        ),
        skipping=COSTLY - {"span-metrics"},
    ),
    Sabotage(
        "the Collector has no redaction",
        {"collector": "lets through: baggage", "rules": "no answer from collector"},
        _collector("unredacted", redaction=_UNREDACTED),
        skipping=COSTLY - {"collector"},
    ),
    Sabotage(
        "a process has other rules and no propagator",
        {"trace": "a trace of its own", "rules": "in force at collector"},
        _other_policy,
    ),
    Sabotage(
        "the Collector has stale rules",
        {"rules": "DIFFERENT: not the file's rules in force at collector"},
        _collector("stale", redaction=compile_policy(parse_policy(OTHER_POLICY))),
        skipping=WITHOUT_CANARY,
    ),
    Sabotage(
        "the Collector's page is closed",
        {"rules": "no answer from collector"},
        _page_closed,
        skipping=WITHOUT_CANARY,
    ),
    Sabotage(
        "a clock is off by an hour",
        {"clock": "ahead"},
        _clock_off,
        skipping=WITHOUT_CANARY,
    ),
    Sabotage("the port is wrong", {"exporter": "Connection refused"}, _wrong_port),
    Sabotage(
        "the Collector is down",
        {"exporter": "Connection refused", "rules": "no answer from collector"},
        _collector_down,
    ),
    Sabotage("something else listens there", {"exporter": "answers 404"}, _not_a_collector),
    Sabotage(
        "the store is down",
        {"backend": "no store answers"},
        _store_down,
        skipping=WITHOUT_CANARY | {"rules"},
    ),
    Sabotage(
        "redaction is off", {"settings": "OTLOG_REDACTION=off"}, _environ(OTLOG_REDACTION="off")
    ),
    Sabotage("the policy is broken", {"settings": "broken.yaml:"}, _broken_policy),
    Sabotage(
        "nothing is sampled",
        {"settings": "OTEL_TRACES_SAMPLER"},
        _environ(OTEL_TRACES_SAMPLER=ALWAYS_OFF),
    ),
    Sabotage(
        "logs are not exported",
        {"settings": "OTEL_LOGS_EXPORTER=none"},
        _environ(OTEL_LOGS_EXPORTER="none"),
    ),
)
