"""`otel-logging redact` and `otel-logging policy`, as processes."""

import json
import subprocess
import sys

import pytest

from otel_logging.cli.redact import redacted_line
from otel_logging.redaction import Engine, load_policy
from otel_logging.redaction.compiler import compile_policy

SECRET = "hunter2-Xq9"


def run(*arguments, text=""):
    """Run the command line."""
    command = [
        sys.executable,
        "-c",
        "import sys; from otel_logging.cli import main; sys.exit(main())",
    ]
    return subprocess.run(
        [*command, *arguments], input=text, capture_output=True, text=True, timeout=300, check=False
    )


def test_redact_streams_lines():
    """JSON stays JSON of the same shape, text stays text, clean lines stay byte for byte."""
    record = {
        "body": f"token={SECRET}",
        "attributes": {"password": SECRET},
        "scope": "a",
        "trace_id": None,
    }
    lines = [
        json.dumps(record),
        f"plain password={SECRET}",
        '{"a": 1.50,  "b": "x"}',
        "",
        f'{{"secret":"{SECRET}"}}',
    ]
    result = run("redact", text="\n".join(lines) + "\n")
    out = result.stdout.split("\n")

    assert result.returncode == 0
    assert json.loads(out[0]) == {
        "body": "token=***MASKED***",
        "attributes": {"password": "***MASKED***"},
        "scope": "a",
        "trace_id": None,
    }
    assert out[1:] == ["plain password=***MASKED***", lines[2], "", '{"secret":"***MASKED***"}', ""]


def test_key_that_stands_twice():
    """What a JSON reader would drop is redacted too."""
    engine = Engine(load_policy())

    assert SECRET not in redacted_line(engine, f'{{"password":"{SECRET}","password":""}}')


def test_deep_json_is_text():
    """JSON too deep to read is redacted as text."""
    engine = Engine(load_policy())
    line = "[" * 100_000 + f'"password={SECRET}"'

    assert SECRET not in redacted_line(engine, line)


@pytest.mark.parametrize(
    "command", [["redact"], ["policy", "check"], ["policy", "compile"], ["policy", "explain"]]
)
def test_bad_policy_is_refused(command, tmp_path):
    """Exit code 2, with file, line and reason."""
    file = tmp_path / "bad.yaml"
    file.write_text("version: 1\nkeys: [{name: x}]\n")
    result = run(*command, "--policy", str(file))

    assert result.returncode == 2
    assert f"{file}:2: keys[0]" in result.stderr


def test_compile_and_check(tmp_path):
    """A compiled file is fresh until the policy changes."""
    output = tmp_path / "redaction.yaml"
    assert run("policy", "compile", "--check", "--output", str(output)).returncode == 1
    assert run("policy", "compile", "--output", str(output)).returncode == 0
    assert run("policy", "compile", "--check", "--output", str(output)).returncode == 0
    output.write_text(output.read_text() + "# edited\n")

    assert run("policy", "compile", "--check", "--output", str(output)).returncode == 1
    assert output.read_text().startswith(compile_policy(load_policy())[:200])


def test_schema(tmp_path):
    """It is printed, or written and fresh until someone edits it."""
    file = tmp_path / "policy.schema.json"
    printed = run("policy", "schema").stdout
    assert run("policy", "schema", "--output", str(file), "--check").returncode == 1
    assert run("policy", "schema", "--output", str(file)).returncode == 0
    assert run("policy", "schema", "--output", str(file), "--check").returncode == 0
    assert file.read_text() == printed
    file.write_text(printed.replace("mask", "keep"))

    assert json.loads(printed)["$schema"].endswith("2020-12/schema")
    assert run("policy", "schema", "--output", str(file), "--check").returncode == 1


def test_explain():
    """Path, action and rule, and no secret."""
    result = run(
        "policy",
        "explain",
        text=json.dumps({"body": f"token={SECRET}", "attributes": {"pin": 1234}}),
    )

    assert result.stdout.splitlines() == [
        "pin: mask by key rule pin",
        "(root): mask by value rule token",
    ]
    assert SECRET not in result.stdout + result.stderr
