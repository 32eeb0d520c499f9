"""Redaction as metrics, read through the SDK."""

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_logging.redaction import ActiveEngine, Engine, load_policy, parse_policy
from otel_logging.redaction.measures import MAX_VERSIONS, Measures

SECRET = "hunter2-Xq9"


def points(reader):
    """Values by metric name and attribute values."""
    data = reader.get_metrics_data()
    return {
        (metric.name.removeprefix("otlog.redaction."), *point.attributes.values()): point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


def test_what_redaction_does_is_measured():
    """Redactions by rule, failures, version and reloads; nothing of the secret."""
    reader = InMemoryMetricReader()
    active = ActiveEngine(Engine(load_policy()))
    reloads = {"applied": 0, "refused": 2}
    Measures(active, lambda: reloads).observe(MeterProvider([reader]).get_meter("test"))
    active.current.attributes({"password": SECRET})
    active.current.counts.fail()
    found = points(reader)

    assert found["redactions", "password"] == 1
    assert found["failures",] == 1
    assert found["policy.info", active.current.version] == 1
    assert (found["policy.reloads", "applied"], found["policy.reloads", "refused"]) == (0, 2)
    assert SECRET not in str(found)


def test_an_old_version_is_told_to_be_over():
    """1 for the version in force only, also after it comes back; old ones are forgotten in time."""
    reader = InMemoryMetricReader()
    engines = [
        Engine(parse_policy(f"version: 1\nkeys: [{{name: rule, match: [word {n}]}}]\n"))
        for n in range(2, MAX_VERSIONS + 4)
    ]
    active = ActiveEngine(engines[0])
    Measures(active).observe(MeterProvider([reader]).get_meter("test"))
    for engine in [*engines, engines[0]]:
        active.replace(engine)
        found = {key[1]: value for key, value in points(reader).items() if key[0] == "policy.info"}

        assert [version for version, value in found.items() if value] == [engine.version]
        assert len(found) <= MAX_VERSIONS
