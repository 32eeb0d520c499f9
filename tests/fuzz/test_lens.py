"""Whatever stands in a URL of the lens, a page comes, and nothing of it comes unescaped."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from otel_logging.backends import open_backend
from otel_logging.lens.web.app import create_app
from otel_logging.lens.web.settings import LensSettings
from stack.store import Store
from tests.fuzz.mutations import damaged

HOSTILE = '"><script>x()</script><img src=x onerror=x()>'
PARAMETERS = [
    *("service", "severity", "text", "scope", "trace_id", "user", "attribute", "since", "until"),
    *("limit", "order", "min_duration_ms", "failed", "name", "at", "uid", "page", "last", "span"),
]
VALUES = st.text(max_size=12) | st.sampled_from([HOSTILE, "9" * 5000, "-1", "1h", "ERROR", "nan"])
PATHS = ["/logs", "/traces", "/errors", "/services", "/metrics", "/metrics/x", "/record"]
FILE = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"4bf9","name":"x"}]}]}]}'


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """The pages over an empty store."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        app = create_app(open_backend(store.http), LensSettings(backend=store.http))
        with TestClient(app, base_url="http://127.0.0.1") as found:
            yield found


@given(
    path=st.sampled_from(PATHS),
    query=st.lists(st.tuples(st.sampled_from(PARAMETERS), VALUES), max_size=4),
)
def test_any_url_is_a_page(client: TestClient, path: str, query: list[tuple[str, str]]) -> None:
    """Found, refused or not found; the hostile text is never markup."""
    answer = client.get(path, params=query)

    too_busy = answer.status_code == 502 and "did not answer" in answer.text
    assert answer.status_code in {200, 400, 404, 422} or too_busy
    assert "<script>" not in answer.text
    assert "<img src=x" not in answer.text


@given(damaged([FILE], [b"[" * 500, b"null", b"\x00", b"9" * 400, b'"', b"\\ud800"]))
def test_any_file_is_opened_or_refused(client: TestClient, data: bytes) -> None:
    """A transaction's file comes from a stranger, too."""
    answer = client.post(
        "/file", files={"file": ("x.json", data)}, headers={"origin": "http://127.0.0.1"}
    )

    assert answer.status_code in {200, 400, 403, 413}
