"""Each alert has a runbook, each runbook an alert, and what a runbook says to ask can be asked."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import pytest
import yaml

from alerting.catalogue import ROOT
from alerting.generated import Sources
from alerting.groups import alerts
from otel_logging import cli
from otel_logging.cli.commands import COMMANDS
from tests.alerting.runbooks import BOOKS, FOLDER, blocks, queries
from tests.alerting.test_rules import RULE
from tests.compose.test_backends import program, run

PARTS = ["First queries", "Likely causes", "Mending", "Drill"]
BOARDS = ROOT / "grafana" / "provisioning" / "dashboards"


def test_alerts_and_runbooks_are_the_same() -> None:
    """Every rule's link leads to a file that is there, and no file is nobody's."""
    sources = Sources.read()
    wanted = {rule.runbook for rule in alerts(sources.entries, sources.pace)}
    base = f"{sources.installation.repository}/"

    assert wanted == {str(book.relative_to(ROOT)) for book in BOOKS}
    for rule in RULE.values():
        assert (ROOT / rule["annotations"]["runbook_url"].removeprefix(base)).is_file()


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_runbook_has_all_parts(book: Path) -> None:
    """A name, a meaning, queries, causes, mending, a drill; links that lead somewhere."""
    text = book.read_text()

    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == PARTS
    assert re.match(r"# [A-Z][A-Za-z]+\n\n[A-Z]", text)
    for link in re.findall(r"\]\(([\w./-]+\.md)\)", text):
        assert (book.parent / link).is_file(), link


def test_index_names_every_runbook() -> None:
    """Once each, in order."""
    index = (FOLDER / "README.md").read_text()

    assert re.findall(r"^\| \[\w+\]\(([\w-]+\.md)\)", index, re.MULTILINE) == [
        book.name for book in BOOKS
    ]


def test_metric_queries_are_promql(tmp_path: Path) -> None:
    """Promtool accepts each query for Prometheus."""
    asked = [one.filled(SERVICE="gateway") for one in queries("promql")]
    rules = [{"record": f"query{number}", "expr": query} for number, query in enumerate(asked)]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))

    assert len(asked) > len(BOOKS)
    run(program("promtool"), "check", "rules", str(file))


def test_commands_can_be_typed() -> None:
    """Each line that begins with otel-logging is one that the command takes."""
    lines = [
        line.split(" < ")[0]
        for book in BOOKS
        for block in blocks(book, "sh")
        for line in block.replace("SERVICE", "gateway").splitlines()
        if line.startswith("otel-logging ")
    ]

    assert lines
    for line in lines:
        words = shlex.split(line)[1:]
        parser, commands = cli._parser()
        importlib.import_module(COMMANDS[words[0]].module).add_arguments(commands[words[0]])
        assert parser.parse_args(words), line


def test_dashboards_that_messages_link_to_exist() -> None:
    """The UID in each link is that of a dashboard in the repository."""
    there = {path.stem for path in BOARDS.rglob("*.json")}
    linked = {
        re.search(r"/d/([\w-]+)", rule["annotations"]["dashboard_url"])[1]  # type: ignore[index]
        for rule in RULE.values()
    }

    assert linked <= there
