"""The corpus and cases made at random, through the Collector: it masks what the engine masks."""

import json

import pytest

from tests.redaction.cases import UNREACHABLE, load, remains
from tests.redaction.generated import generated
from tests.redaction.passing import PASS_THROUGH, strip, through

pytestmark = pytest.mark.collector

CASES = [*load(), *generated()]


@pytest.fixture(scope="module")
def redacted(tmp_path_factory):
    return through(tmp_path_factory.mktemp("redacted"), CASES)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    return through(tmp_path_factory.mktemp("untouched"), CASES, PASS_THROUGH)


def test_without_redaction_every_case_leaks(untouched):
    """The guard of the guard: a test that finds nothing here would prove nothing."""
    missed = [
        case.name for case in CASES if not remains(strip(untouched[case.label]), case.secrets)
    ]

    assert missed == []


def test_collector_masks_what_the_engine_masks(redacted):
    """No case leaks but those that no Collector can reach."""
    leaks = {
        case.name: remains(strip(redacted[case.label]), case.secrets)
        for case in CASES
        if case.unreachable is None and remains(strip(redacted[case.label]), case.secrets)
    }

    assert leaks == {}


def test_list_of_unreachable_is_exact(redacted):
    """Every reason on the list is used and real, and no other reason is given."""
    reasons = {case.unreachable for case in CASES if case.unreachable}
    real = {
        case.unreachable
        for case in CASES
        if case.unreachable and remains(strip(redacted[case.label]), case.secrets)
    }

    assert reasons == UNREACHABLE
    assert real == UNREACHABLE


def test_loans_are_paid_back(redacted):
    """Nothing that the processors lend each other leaves the Collector."""
    bodies = {"body map"}
    reachable = [
        case.label for case in CASES if case.unreachable is None and case.surface.name not in bodies
    ]
    text = json.dumps([redacted[label] for label in reachable])

    assert "otlog.loan" not in text
    assert "redaction.ignored" not in text
    assert "redaction.allowed" not in text
