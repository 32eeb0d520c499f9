"""`otel-logging pipeline test` on the real Collector: what passes, what fails, what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stack.collector import CONFIGURATION, find_binary

COMMAND = Path(sys.executable).with_name("otel-logging")
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "pipeline-cases.yaml"
HEAD = f"""\
collector:
  config:
    - {CONFIGURATION}/base.yaml
    - {CONFIGURATION}/redaction.yaml
    - {CONFIGURATION}/overlays/file.yaml
    - mine.yaml
  environ: {{LIMIT: "9"}}
cases:
"""
MINE = """\
processors:
  filter/health:
    logs: {log_record: ['attributes["url.path"] == "/healthz"']}
  batch/late: {timeout: 60s}
  transform/limit:
    log_statements: ['set(log.attributes["limit"], "${env:LIMIT}")']
exporters: {debug/mine: {}}
service:
  pipelines:
    logs/mine:
      receivers: [forward/redacted]
      processors: [filter/health, transform/limit, batch/late]
      exporters: [debug/mine]
"""


def run(*files: Path) -> subprocess.CompletedProcess[str]:
    """Run the command on files of cases."""
    words = ["--program", str(find_binary()), *map(str, files)]
    return subprocess.run(
        [COMMAND, "pipeline", "test", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.collector
def test_the_example_in_the_docs_passes() -> None:
    """It is what a reader tries first."""
    done = run(EXAMPLE)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "pipeline: 3 cases, 0 failed"


@pytest.mark.collector
def test_a_difference_is_told_by_place(tmp_path: Path) -> None:
    """One case passes; the other names file, line, exporter, path, and both values."""
    (tmp_path / "mine.yaml").write_text(MINE)
    file = tmp_path / "cases.yaml"
    file.write_text(
        HEAD
        + """\
  - name: only orders get through
    at: [debug/mine]
    given:
      logs:
        - {body: alive, attributes: {url.path: /healthz}}
        - {body: ordered, attributes: {url.path: /orders, password: copper}}
    expect:
      logs:
        - {body: ordered, attributes: {limit: "9", password: "****", user.id: !absent }}
  - name: what is not so
    given:
      logs: [{body: {total: 7}, attributes: {note: one}}, {body: more}]
    expect:
      logs:
        - {body: {total: 8}, attributes: {note: !re "^two"}}
      spans: [{name: none}]
"""
    )

    done = run(file)
    told = [line.strip() for line in done.stdout.splitlines()]

    assert done.returncode == 1, done.stderr
    assert told[0] == "ok      only orders get through"
    assert told[1] == f"FAILED  what is not so ({file}:18)"
    assert "file/logs: logs[0].body.total: expected 8, got 7" in told
    assert "file/logs: logs[0].attributes.note: expected !re '^two', got one" in told
    assert any(line.startswith("debug/mine: logs: came unexpected: ") for line in told)
    assert 'file/traces: spans[0]: did not come: {"name":"none"}' in told
    assert told[-1] == "pipeline: 2 cases, 1 failed"


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ("  - {name: a, given: {logs: []}, expect: {}}\n", "cases.yaml:9: 'a' expects nothing"),
        ("  - name: a\n    givn: {}\n", "cases.yaml:9: "),
        (
            "  - name: a\n    expect: {logs: []}\n    given:\n      logs:\n        - {bdy: x}\n",
            "cases.yaml:13: Object contains unknown field `bdy`",
        ),
        ("  - [\n", "cases.yaml:10: "),
        ("  []\n", "has no cases"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_line(
    tmp_path: Path, cases: str, says: str
) -> None:
    """Before anything runs, with exit code 2."""
    file = tmp_path / "cases.yaml"
    file.write_text(HEAD + cases)

    done = run(file)

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.collector
@pytest.mark.parametrize(
    ("mine", "case", "says"),
    [
        ("processors: {batch/late: {timeot: 1s}}\n", "", "timeot"),
        ("", "    into: kafka\n", "no pipeline has kafka, only otlp"),
    ],
)
def test_what_the_collector_says_is_handed_on(
    tmp_path: Path, mine: str, case: str, says: str
) -> None:
    """A configuration with which it does not start, and a receiver that nothing reads."""
    overlay = (
        MINE
        if not mine
        else mine + MINE[MINE.index("exporters:") :].replace("filter/health, transform/limit, ", "")
    )
    (tmp_path / "mine.yaml").write_text(overlay)
    file = tmp_path / "cases.yaml"
    file.write_text(HEAD + f"  - name: a\n{case}    given: {{}}\n    expect: {{logs: []}}\n")

    done = run(file)

    assert done.returncode == 2
    assert says in done.stderr
