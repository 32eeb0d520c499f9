"""Names and queries between OpenTelemetry and Loki; the rest is tested on the real ones."""

from __future__ import annotations

import pytest

from otel_logging.backends import BackendError, LogQuery, TraceQuery, open_backend
from otel_logging.backends.loki_tempo import LokiTempoBackend, logql
from otel_logging.backends.loki_tempo.lines import Lines
from otel_logging.backends.loki_tempo.names import Names, loki_name
from otel_logging.backends.loki_tempo.tempo import traceql
from otel_logging.backends.store import StoreBackend


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("http.request.method", "http_request_method"),
        ("a..b", "a_b"),
        ("a__b", "a_b"),
        ("ünï.code", "_n_code"),
        ("_x", "_x"),
        ("trail.", "trail_"),
        ("A.B-c", "A_B_c"),
        ("1.2", "key_1_2"),
    ],
)
def test_a_name_becomes_what_loki_keeps(name: str, kept: str) -> None:
    """As seen in Loki 3.7."""
    assert loki_name(name) == kept


def test_known_names_come_back_and_others_stay() -> None:
    """A known name has its dots again, with the number of an item; an unknown one does not."""
    names = Names(["user.roles", "url.path"])

    assert names.restore("url_path") == "url.path"
    assert names.restore("user_roles_0") == "user.roles.0"
    assert names.restore("user_roles_0_1") == "user.roles.0.1"
    assert names.restore("cart_items_0") == "cart_items_0"


def test_a_line_becomes_a_record() -> None:
    """What Loki keeps beside the attributes becomes the record's own fields, once."""
    stream = {"service_name": "gateway", "service_namespace": "shop"}
    about = {
        "trace_id": "ab" * 16,
        "span_id": "cd" * 8,
        "severity_text": "WARN",
        "severity_number": "13",
        "detected_level": "warn",
        "observed_timestamp": "1",
        "flags": "3",
        "scope_name": "orders",
        "event_name": "order.placed",
        "user_agent_original": "curl",
        "host_name": "here",
        "basket_size": "3",
    }

    found = Lines(attributes=["basket.size"]).record(1, '{"a":1}', stream, about)

    assert found.timestamp == "1970-01-01T00:00:00.000000001Z"
    assert (found.service, found.scope, found.severity) == ("gateway", "orders", "WARN")
    assert (found.trace_id, found.span_id, found.event_name) == (
        "ab" * 16,
        "cd" * 8,
        "order.placed",
    )
    assert found.body == {"a": 1}
    assert found.attributes == {"user_agent.original": "curl", "basket.size": "3"}
    assert found.resource == {
        "service.name": "gateway",
        "service.namespace": "shop",
        "host.name": "here",
    }
    assert found.uid == Lines().record(1, '{"a":1}', stream, about).uid


def test_labels_in_one_heap_are_told_apart_by_name() -> None:
    """Where a proxy drops the header that keeps them apart, the service is still known."""
    heap = {"service_name": "gateway", "service_namespace": "shop", "url_path": "/"}

    found = Lines().record(1, "text", {}, heap)

    assert found.service == "gateway"
    assert found.resource == {"service.name": "gateway", "service.namespace": "shop"}
    assert found.attributes == {"url.path": "/"}


def test_no_value_leaves_its_quotes() -> None:
    """What a user asks for stays a value of the query, whatever is in it."""
    query = LogQuery(service='a"} or {x=~"', attributes={"k.1": 'v" | drop\n'}, severity="error")

    assert logql.of(query) == (
        '{service_name="a\\"} or {x=~\\""} | k_1="v\\" | drop\\n" | severity_number>=17'
    )


def test_a_severity_that_is_none_is_refused() -> None:
    """The error names it."""
    with pytest.raises(BackendError, match="loud"):
        logql.of(LogQuery(severity="loud"))


def test_each_condition_on_a_trace_is_met_by_a_span_of_its_own() -> None:
    """The failed span need not be of the service that is asked for."""
    query = TraceQuery(service="gateway", failed=True, min_duration_ns=5)

    assert traceql(query) == (
        '{ resource.service.name = "gateway" } && { status = error } && { trace:duration >= 5ns }'
    )
    assert traceql(TraceQuery()) == "{ }"


def test_a_url_names_its_backend() -> None:
    """One URL is the store, two behind `loki+tempo:` are Loki and Tempo."""
    assert isinstance(open_backend("http://127.0.0.1:1"), StoreBackend)
    both = open_backend("loki+tempo:http://127.0.0.1:1,https://u:p@h:2/path")
    assert isinstance(both, LokiTempoBackend)


@pytest.mark.parametrize(
    "url",
    ["loki+tempo:", "loki+tempo:http://h:1", "loki+tempo:http://h:1,h:2", "loki:http://h", "", "h"],
)
def test_any_other_url_is_refused_with_the_form(url: str) -> None:
    """The error shows how to write it."""
    with pytest.raises(BackendError, match="http://HOST:3100,http://HOST:3200"):
        open_backend(url)


def test_a_password_in_the_url_is_in_no_error() -> None:
    """A backend that does not answer is named without its credentials."""
    backend = open_backend("loki+tempo:http://admin:hunter2@127.0.0.1:9,http://127.0.0.1:9")

    with pytest.raises(BackendError, match="no Loki answers") as caught:
        backend.search_logs(LogQuery())

    assert "hunter2" not in str(caught.value)
