"""The generated Collector configuration in the repository."""

import subprocess
from pathlib import Path

import pytest
import yaml

from otel_logging.redaction import load_policy, parse_policy
from otel_logging.redaction.compiler import compile_policy
from stack.collector import CONFIGURATION, find_binary

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


POLICIES = {
    "nothing": "version: 1\n",
    "values only": "version: 1\nprofiles: [strict]\nvalues: [{name: t, pattern: 'TCK-[0-9]{6}'}]\n",
    "paths only": "version: 1\npaths: [{name: p, match: ['users[*].email', '**.note']}]\n",
    "short names": "version: 1\nkeys: [{name: k, match: ['id no', 2fa, 암호]}]\n",
    "safe": "version: 1\nkeys: [{name: k, match: [token]}]\nsafe: {keys: [a.b], suffixes: [x y]}\n",
}


@pytest.mark.collector
@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_any_policy_compiles(text, tmp_path):
    """What compiles is accepted by the real Collector, however little the policy says."""
    file = tmp_path / "redaction.yaml"
    file.write_text(compile_policy(parse_policy(text)), "utf-8")
    files = [CONFIGURATION / "base.yaml", file, CONFIGURATION / "overlays" / "debug.yaml"]
    command = [str(find_binary()), "validate", *(f"--config={each}" for each in files)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert result.returncode == 0, result.stderr


def test_empty_policy_blocks_no_key():
    """No rule means no pattern, not a pattern that matches everything."""
    document = yaml.safe_load(compile_policy(parse_policy("version: 1\n")))

    assert document["processors"]["redaction/keys"]["blocked_key_patterns"] == []
    assert document["processors"]["redaction/values"]["blocked_values"] == []
