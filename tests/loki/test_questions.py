"""What Grafana asks for the provisioned links finds what the scenario sent."""

from __future__ import annotations

import pytest

from tests.loki import result
from tests.loki.answers import ask, edges
from tests.loki.questions import FIELDS, of_dashboards
from tests.loki.running import RealRun

pytestmark = pytest.mark.loki


@pytest.fixture(scope="module")
def found(run: RealRun) -> dict[str, int | None]:
    """How much each question finds."""
    return ask(run)


def test_a_line_leads_to_its_whole_trace(run: RealRun, found: dict[str, int | None]) -> None:
    """The derived field's value is a trace ID, under which Tempo has all spans of the order."""
    assert found["trace of a line"] == len(run.order)


def test_a_span_leads_to_all_lines_of_its_trace(run: RealRun, found: dict[str, int | None]) -> None:
    """Over the services of the trace, the custom query finds each line once."""
    assert found["lines of a span"] == len(run.store.trace(run.result.order_trace_id).logs)


def test_a_span_leads_to_metrics(found: dict[str, int | None]) -> None:
    """Each query behind a span has series above zero."""
    answers = {name: count for name, count in found.items() if name.startswith("metrics of")}

    assert len(answers) == 3
    assert all(answers.values())


def test_an_exemplar_leads_to_its_trace(found: dict[str, int | None]) -> None:
    """A latency bucket names a trace of the scenario, which Tempo has."""
    assert found["trace of an exemplar"]


def test_the_service_graph_has_every_pair(run: RealRun, found: dict[str, int | None]) -> None:
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
    assert (found["service graph: requests"] or 0) >= len(pairs)


@pytest.mark.parametrize("asked", [field.asked for field in FIELDS])
def test_a_field_is_found_by_its_name_in_loki(found: dict[str, int | None], asked: str) -> None:
    """Each row of the log format's table finds lines by the value that was sent."""
    assert found[f"field: {asked}"]


def test_every_query_of_a_dashboard_is_answered(found: dict[str, int | None]) -> None:
    """In LogQL and TraceQL alike, none is refused and none is empty."""
    answers = {name: found[name] for name in of_dashboards()}

    assert len(answers) > 20
    assert [name for name, count in answers.items() if not count] == []


def test_the_result_in_the_tree_is_of_these_versions() -> None:
    """The programs that ran are those of the result, or it has to be written anew."""
    assert result.read()["versions"] == result.versions()
