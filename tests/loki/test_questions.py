"""What Grafana asks for the provisioned links finds what the scenario sent."""

from __future__ import annotations

import pytest

from tests.loki import result
from tests.loki.answers import ask, edges
from tests.loki.questions import FIELDS
from tests.loki.running import RealRun

pytestmark = pytest.mark.loki


@pytest.fixture(scope="module")
def found(run: RealRun) -> dict[str, int]:
    """How much each question finds."""
    return ask(run)


def test_a_line_leads_to_its_whole_trace(run: RealRun, found: dict[str, int]) -> None:
    """The derived field's value is a trace ID, under which Tempo has all spans of the order."""
    assert found["trace of a line"] == len(run.order)


def test_a_span_leads_to_all_lines_of_its_trace(run: RealRun, found: dict[str, int]) -> None:
    """Over the services of the trace, the custom query finds each line once."""
    assert found["lines of a span"] == len(run.store.trace(run.result.order_trace_id).logs)


def test_a_span_leads_to_metrics(found: dict[str, int]) -> None:
    """Each query behind a span has series above zero."""
    answers = {name: count for name, count in found.items() if name.startswith("metrics of")}

    assert len(answers) == 3
    assert all(answers.values())


def test_an_exemplar_leads_to_its_trace(found: dict[str, int]) -> None:
    """A latency bucket names a trace of the scenario, which Tempo has."""
    assert found["trace of an exemplar"] > 0


def test_the_service_graph_has_every_pair(run: RealRun, found: dict[str, int]) -> None:
    """Each pair of services with a hop between them is an edge."""
    spans = run.spans(run.store)
    pairs = {
        (above.service, span.service)
        for span in spans.values()
        if (above := spans.get(span.parent_span_id or ""))
        and above.service != span.service
        and above.kind in {"CLIENT", "PRODUCER"}
    }

    assert len(pairs) >= 3
    # Beside them stand callers that are no service, such as the user.
    assert pairs <= edges(run)
    assert found["service graph: requests"] >= len(pairs)


@pytest.mark.parametrize("asked", [field.asked for field in FIELDS])
def test_a_field_is_found_by_its_name_in_loki(found: dict[str, int], asked: str) -> None:
    """Each row of the log format's table finds lines by the value that was sent."""
    assert found[f"field: {asked}"] > 0


def test_the_result_in_the_tree_is_of_these_versions() -> None:
    """The programs that ran are those of the result, or it has to be written anew."""
    assert result.read()["versions"] == result.versions()
