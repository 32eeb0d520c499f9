"""The intake of overlay production is closed: TLS, and a token on every request."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from stack.ports import HOST
from tests.collector import canary, far_ends
from tests.collector.canary import Canary
from tests.collector.records import records
from tests.collector.waiting import until

pytestmark = pytest.mark.collector

TOKENS = {"stranger": "", "with another token": "guessed-0123456789", "service": None}
REQUEST = canary.logs(LogRecord(body=canary.value("hello")))


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[far_ends.FarEnds]:
    """A Collector that is closed."""
    folder = tmp_path_factory.mktemp("production")
    with far_ends.opened(folder, ("store", "production")) as opened:
        yield opened


def https(ends: far_ends.FarEnds) -> str:
    """The OTLP/HTTP intake."""
    return ends.collector.http.replace("http:", "https:")


@pytest.mark.parametrize("who", TOKENS)
def test_http_lets_in_only_who_has_the_token(ends: far_ends.FarEnds, who: str) -> None:
    """OTLP/HTTP answers 401 to everybody else."""
    assert ends.closed
    with ends.closed.client(TOKENS[who]) as client:
        answer = canary.send(https(ends), REQUEST, client)

    assert answer.status_code == (200 if who == "service" else 401)


@pytest.mark.parametrize("who", TOKENS)
def test_grpc_lets_in_only_who_has_the_token(ends: far_ends.FarEnds, who: str) -> None:
    """OTLP/gRPC answers UNAUTHENTICATED to everybody else."""
    assert ends.closed
    trust = grpc.ssl_channel_credentials(ends.closed.certificate.read_bytes())
    token = ends.closed.token if who == "service" else TOKENS[who]
    metadata = [("authorization", f"Bearer {token}")] if token else []
    with grpc.secure_channel(f"{HOST}:{ends.collector.grpc_port}", trust) as channel:
        export = LogsServiceStub(channel).Export
        if who == "service":
            export(REQUEST, metadata=metadata, timeout=30)
            return
        with pytest.raises(grpc.RpcError) as refused:
            export(REQUEST, metadata=metadata, timeout=30)

    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_nothing_is_taken_in_clear(ends: far_ends.FarEnds) -> None:
    """A request without TLS is no request, even with the token."""
    assert ends.closed
    headers = {"Authorization": f"Bearer {ends.closed.token}"}
    try:
        answer = httpx.post(
            f"{ends.collector.http}/v1/logs", content=REQUEST.SerializeToString(), headers=headers
        )
    except httpx.HTTPError:
        return
    assert answer.status_code == 400


def test_only_what_was_let_in_arrives(ends: far_ends.FarEnds) -> None:
    """After all of the above the backend has what came with the token, and nothing else."""
    sent = Canary()
    ends.send(sent)
    until(lambda: sent.marks["logs"].encode() in ends.read("store", "logs"), "the canary")

    bodies = [one.body for one in records(ends.store.bodies["/v1/logs"])]
    assert bodies.count("hello") == 2


def test_the_token_is_not_told(ends: far_ends.FarEnds) -> None:
    """Neither output nor files of the Collector repeat the token."""
    assert ends.closed
    token = ends.closed.token.encode()
    written = (path for path in ends.collector.folder.rglob("*") if path.is_file())

    assert {path.name for path in written if token in path.read_bytes()} == {"token", "let-in"}


def test_a_token_is_changed_while_it_runs(ends: far_ends.FarEnds) -> None:
    """With the new token on a second line both are let in; once the old one is out, it is not."""
    assert ends.closed
    let_in = ends.closed.let_in
    with ends.closed.client() as old, ends.closed.client("changed-0123456789") as new:

        def statuses() -> tuple[int, int]:
            answers = [canary.send(https(ends), REQUEST, client) for client in (old, new)]
            return answers[0].status_code, answers[1].status_code

        assert statuses() == (200, 401)
        with let_in.open("a") as file:
            file.write("\nchanged-0123456789")
        until(lambda: statuses() == (200, 200), "both tokens are let in")
        let_in.write_text("changed-0123456789")
        until(lambda: statuses() == (401, 200), "the old token is refused")
        let_in.write_text(ends.closed.token)
        until(lambda: statuses() == (200, 401), "all is as before")
