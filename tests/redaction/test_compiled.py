"""The generated Collector configuration in the repository."""

from pathlib import Path

import yaml

from otel_logging.redaction import load_policy
from otel_logging.redaction.compiler import compile_policy

FILE = Path(__file__).parents[2] / "collector" / "redaction.yaml"


def test_is_fresh():
    """`collector/redaction.yaml` is what the policy compiles to."""
    assert FILE.read_text("utf-8") == compile_policy(load_policy())


def test_redaction_fails_closed():
    """Every transform drops the batch when it fails, and the pipelines hold every processor."""
    document = yaml.safe_load(FILE.read_text("utf-8"))
    pipelines = document["service"]["pipelines"]
    used = {name for pipeline in pipelines.values() for name in pipeline["processors"]}

    assert set(pipelines) == {"logs/in", "traces/in", "metrics/in"}
    assert used == {*document["processors"], "transform/tempo_names"}
    for name, processor in document["processors"].items():
        if name.startswith("transform/"):
            assert processor["error_mode"] == "propagate"
