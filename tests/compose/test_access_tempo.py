"""Who may read traces at the gate, on a real Tempo."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from stack.ports import HOST
from stack.tempo import Tempo
from tests.collector.waiting import until
from tests.compose.access import READERS, Door, opened
from tests.compose.test_backends import program

pytestmark = pytest.mark.loki

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SEARCH = "tempo/api/search?q=%7Bresource.service.name%3D%22shop%22%7D"


@pytest.fixture(scope="module")
def tempo_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A gate before a Tempo that has one trace."""
    program("nginx")
    folder = tmp_path_factory.mktemp("tempo-access")
    with Tempo(folder / "tempo") as tempo:
        send(tempo)
        with opened(folder, {"tempo": f"{HOST}:{tempo.port}"}) as door:
            until(lambda: found(door, SEARCH) == 1, "the trace in a search")
            yield door


def send(tempo: Tempo) -> None:
    """Write a trace of one span past the gate, as the Collector does."""
    request = ExportTraceServiceRequest()
    of_service = request.resource_spans.add()
    of_service.resource.attributes.add(key="service.name").value.string_value = "shop"
    now = time.time_ns()
    of_service.scope_spans.add().spans.add(
        name="order",
        trace_id=bytes.fromhex(TRACE),
        span_id=secrets.token_bytes(8),
        start_time_unix_nano=now - 10**9,
        end_time_unix_nano=now,
    )
    with grpc.insecure_channel(tempo.intake) as channel:
        TraceServiceStub(channel).Export(request, timeout=60)


def found(door: Door, path: str) -> int:
    """The number of traces that a viewer finds."""
    answer = door.client.get(f"{door.gate.https}/{path}", auth=("viewer", "viewer-password"))
    return len(answer.raise_for_status().json()["traces"])


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("GET", f"tempo/api/traces/{TRACE}", READERS),
        ("GET", f"tempo/api/v2/traces/{TRACE}", READERS),
        ("GET", SEARCH, READERS),
        ("GET", "tempo/api/search/tags", READERS),
        ("GET", "tempo/api/v2/search/tags", READERS),
        ("GET", "tempo/api/v2/search/tag/resource.service.name/values", READERS),
        ("GET", "tempo/api/echo", READERS),
        ("GET", "tempo/ready", READERS),
        ("POST", "tempo/v1/traces", ()),
        ("GET", "tempo/status/config", ()),
        ("POST", "tempo/flush", ()),
        ("POST", "tempo/shutdown", ()),
        ("GET", "tempo/metrics", ()),
        ("GET", "tempo/debug/pprof/heap", ()),
    ],
)
def test_who_may_ask_tempo(
    tempo_door: Door, method: str, path: str, roles: tuple[str, ...]
) -> None:
    """Readers read, find and list; auditors, whose events are log records, do not; nobody stops."""
    assert tempo_door.allowed(method, path, {}) == roles


def test_a_reader_gets_the_trace_and_an_auditor_nothing(tempo_door: Door) -> None:
    """The answer behind the status: the span's name, and for those kept out not a word of it."""
    url = f"{tempo_door.gate.https}/tempo/api/v2/traces/{TRACE}"

    def answer(who: str) -> str:
        return tempo_door.client.get(url, auth=(who, f"{who}-password")).text

    assert all('"order"' in answer(who) for who in READERS)
    assert '"order"' not in answer("auditor") + answer("stranger")


def test_grafana_reads_traces_as_a_viewer(tempo_door: Door) -> None:
    """Grafana's port answers what its data source asks, and stops nothing."""
    tempo = tempo_door.gate.of_grafana(3200)

    assert tempo_door.client.get(f"{tempo}/api/v2/traces/{TRACE}").status_code == 200
    assert tempo_door.client.post(f"{tempo}/shutdown").status_code == 403
