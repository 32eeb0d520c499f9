"""What `collector/README.md` says of variables, permissions and metrics is so."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import httpx
import pytest

from stack.ports import HOST
from tests.collector import far_ends, graph
from tests.collector.canary import Canary
from tests.collector.readme import COLLECTOR, OVERLAYS, README, ROOT, TRUSTED, rows
from tests.collector.test_sets import arrive, validate

_VARIABLE = re.compile(r"(?<!\$)\$\{(?:env:)?(\w+)(?::-([^}]*))?\}")


def used() -> set[tuple[str, str | None]]:
    """Every variable that a configuration file reads, with its default."""
    return {
        (found[1], found[2])
        for path in COLLECTOR.rglob("*.yaml")
        for line in path.read_text().splitlines()
        if not line.lstrip().startswith("#")
        for found in _VARIABLE.finditer(line)
    }


def test_variables_are_documented_with_their_defaults() -> None:
    """The README's table has each variable that the files read, and no other, with one default."""
    documented = {
        (name.strip("` |"), default.strip("`").replace("\\|", "|"))
        for name, default, *_ in rows("Variables")
    }

    assert used() == documented


def test_commands_name_files_that_exist() -> None:
    """Each file that a command in the README names is there."""
    named = set(re.findall(r"collector/[\w/.-]+\.yaml", README.read_text()))

    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.collector
def test_example_overlay_is_accepted(tmp_path: Path) -> None:
    """The README's own example of an overlay breaks no rule, and the Collector accepts it."""
    example = re.search(r"```yaml\n(exporters:.*?)```", README.read_text(), re.DOTALL)
    assert example
    overlay = tmp_path / "mine.yaml"
    overlay.write_text(example[1])
    files = [*TRUSTED, OVERLAYS / "debug.yaml", overlay]

    answer = validate(*files)

    assert answer.returncode == 0, answer.stderr
    assert graph.violations(graph.load(TRUSTED), graph.load(files)) == []


@pytest.mark.collector
def test_what_is_written_is_for_its_user_alone(tmp_path: Path) -> None:
    """Files of the file exporter and of the queue are 0600 in folders 0700, whatever the umask."""
    sent = Canary()
    overlays = ("store", "file")
    with far_ends.opened(tmp_path, overlays) as ends:
        ends.store.stop()
        sent.send(ends.collector.http)
        arrive(ends, ("file",), sent)
        folders = [ends.files, ends.collector.queue_folder]
        files = [path for folder in folders for path in folder.rglob("*")]

    assert {path.name for path in ends.files.iterdir()} == {
        "logs.jsonl",
        "traces.jsonl",
        "metrics.jsonl",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.collector
def test_own_metrics_have_the_documented_names(tmp_path: Path) -> None:
    """The metrics that the README names for alerts are on the Collector's own page."""
    named = set(re.findall(r"`(otelcol_\w+)`", README.read_text()))
    sent = Canary()
    with far_ends.opened(tmp_path, ("store",)) as ends:
        sent.send(ends.collector.http)
        arrive(ends, ("store",), sent)
        page = httpx.get(f"http://{HOST}:{ends.collector.self_metrics_port}/metrics").text

    assert named
    assert named <= set(re.findall(r"^(\w+)[{ ]", page, re.MULTILINE))
