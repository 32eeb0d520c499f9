"""The security audit's page says what its data say, and its links lead to tests that exist."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from security.entries import ENTRIES
from security.places import PLACES
from security.report import DOCUMENT, Point, checklist, rendered
from security.result import Result

ROOT = DOCUMENT.parent.parent


def test_the_page_is_what_the_data_say() -> None:
    """Neither was edited without the other: `python -m security --render` writes it anew."""
    assert DOCUMENT.read_text() == rendered(Result.read())


def test_the_last_audit_holds_and_covers_all() -> None:
    """Nothing leaked, everything was found with redaction off, at today's entries and places."""
    result = Result.read()

    assert result.holds
    assert {*ENTRIES} <= {count.name for count in result.entries}
    assert {place.name for place in PLACES} == {count.name for count in result.places}


@pytest.mark.parametrize("point", checklist(), ids=lambda p: f"{p.standard} {p.clause}")
def test_each_point_is_shown_by_tests_that_exist(point: Point) -> None:
    """A renamed test must not leave a promise without its proof."""
    assert point.tests
    for test in point.tests:
        file, name = test.split("::")
        assert name in _functions(ROOT / file)


def _functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
