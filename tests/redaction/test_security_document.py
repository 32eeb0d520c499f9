"""The policy and the commands that `docs/security.md` shows work as it says."""

import io
import re
import shlex
import sys
from pathlib import Path

import pytest

from otel_logging.cli import main

DOCUMENT = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
EXAMPLE = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)[0]
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture
def policy(tmp_path, monkeypatch):
    """The example in a file of the name that the commands use."""
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(EXAMPLE)


@pytest.mark.parametrize("command", [one for one in COMMANDS if "pid" not in one])
def test_a_command_does_what_it_says(policy, monkeypatch, command):
    """It runs on the example, and nothing that it prints is a secret."""
    before, _, after = command.rpartition(" | ")
    text = shlex.split(before)[1] + "\n" if before else ""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    alone = ["--collector", "none", "--backend", "http://127.0.0.1:9"] if "status" in after else []
    status = main([*shlex.split(after)[1:], *alone])
    sys.stdout.flush()
    printed = sys.stdout.buffer.getvalue().decode()

    assert status == (3 if "status" in command else 0)
    assert printed
    assert "123456" not in printed
    assert "B-77120" not in printed
