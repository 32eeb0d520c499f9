"""Whatever reaches the store is answered: taken, or refused with the sender's fault named."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from otel_logging.store.app import create_app
from otel_logging.store.settings import StoreSettings
from tests.fuzz.mutations import damaged
from tests.fuzz.samples import LOGS, METRICS, TRACES

PIECES = [
    *(b"\xff" * 10, b"\x0a\xff\xff\xff\xff\x0f", b"{", b"}", b"[", b"]", b'"', b"null", b"NaN"),
    *(b"1e999", b"-1", b"9" * 5000, b'{"arrayValue":{"values":[', b"\\ud800", b"\x00"),
]
PROTOBUF = {
    f"/v1/{name}": m.SerializeToString()
    for name, m in {"logs": LOGS, "traces": TRACES, "metrics": METRICS}.items()
}
JSON = [MessageToJson(message).encode() for message in (LOGS, TRACES, METRICS)]
TYPES = ["application/x-protobuf", "application/json", "text/plain", "application/json; charset=x"]
SENDERS_FAULT = range(400, 500)

PARAMETERS = [
    *("service", "severity", "text", "scope", "trace_id", "user", "attribute", "since", "until"),
    *("limit", "order", "min_duration_ms", "failed", "name", "event_name", "buckets"),
]
VALUES = st.text(max_size=20) | st.sampled_from(
    [
        *(
            "ERROR",
            "asc",
            "10",
            "9" * 5000,
            "٣",
            "²",
            "-1",
            "nan",
            "inf",
            "1e400",
            "true",
            "'; DROP",
        ),
        *("2026-11-24T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00+23:59"),
    ]
)
NAMES = st.sampled_from(PARAMETERS) | st.text(max_size=5)
PATHS = ["logs", "traces", "services", "metrics", "errors", "histogram", "graph", "summary"]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """An application that raises what it should have answered."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(StoreSettings(folder=Path(folder, "data")))
        with TestClient(app, base_url="http://127.0.0.1") as found:
            yield found


@given(
    path=st.sampled_from(sorted(PROTOBUF)),
    body=damaged([*PROTOBUF.values(), *JSON], PIECES) | st.binary(max_size=100),
    kind=st.sampled_from(TYPES),
    encoding=st.sampled_from(["identity", "gzip", "broken gzip", "zstd"]),
)
def test_the_intake_takes_or_refuses(
    client: TestClient, path: str, body: bytes, kind: str, encoding: str
) -> None:
    """Never an error of the server's own, and the store answers afterwards."""
    packed = {"gzip": gzip.compress(body, 1), "broken gzip": gzip.compress(body, 1)[:-9]}
    answer = client.post(
        path,
        content=packed.get(encoding, body),
        headers={"content-type": kind, "content-encoding": encoding.rsplit(maxsplit=1)[-1]},
    )

    assert answer.status_code == 200 or answer.status_code in SENDERS_FAULT
    assert client.get("/healthz").status_code == 200


@given(
    path=st.sampled_from(PATHS),
    query=st.lists(
        st.tuples(st.sampled_from(PARAMETERS) | st.text(max_size=5), VALUES), max_size=4
    ),
)
@example(path="logs", query=[("limit", "9" * 5000)])
@example(path="logs", query=[("since", "9999-12-31T23:59:59-23:59")])
def test_queries_are_answered_or_refused(
    client: TestClient, path: str, query: list[tuple[str, str]]
) -> None:
    """Any query string: an answer in JSON or a problem that names the parameter."""
    answer = client.get(f"/api/{path}", params=query)

    assert answer.status_code == 200 or answer.status_code in SENDERS_FAULT
    assert answer.headers["content-type"] in {"application/json", "application/problem+json"}


@given(st.text(max_size=40))
def test_any_trace_id(client: TestClient, wanted: str) -> None:
    """What is no trace ID is refused, not looked for."""
    answer = client.get(
        "/api/traces/" + "".join(f"%{byte:02x}" for byte in wanted.encode("utf-8", "replace"))
    )

    assert answer.status_code in {200, *SENDERS_FAULT}


@given(damaged([b'{"needles":["abc"]}'], PIECES))
def test_any_search(client: TestClient, body: bytes) -> None:
    """The search for leaks reads its question strictly."""
    assert client.post("/api/scan", content=body).status_code in {200, *SENDERS_FAULT}
