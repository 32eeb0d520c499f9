"""The table of detectors: each finds its examples, and nothing in the others."""

import re

import pytest
import re2

from otel_logging.redaction import marks
from otel_logging.redaction.compiler import word_statements
from otel_logging.redaction.compiler.ottl import CLOSE, KEPT, MARK, OPEN, character
from otel_logging.redaction.detectors import TABLE
from otel_logging.redaction.detectors.partials import any_value
from otel_logging.redaction.detectors.validators import iban, luhn, payment_card
from otel_logging.redaction.gates import options
from otel_logging.redaction.scanner import Pattern

DETECTORS = list(TABLE.values())
MARKS = ["***MASKED***", "***HMAC:0123456789abcdef0123***", "b***@example.com", "***1111", "****"]


def find(detector, text):
    """What a detector finds in a text."""
    regexp = re2.compile(detector.pattern.encode(), options())
    pattern = Pattern(detector, regexp, regexp.groupindex.get(b"secret", 0), "mask")
    return [found.value.decode() for found in pattern.find(text.encode())]


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda each: each.name)
def test_examples(detector):
    """Every detector finds what it must, passes what it must, and knows its literals."""
    assert detector.matches
    assert detector.misses
    for text in detector.matches:
        assert find(detector, text), text
        assert not detector.literals or any(each in text for each in detector.literals)
    for text in detector.misses:
        assert find(detector, text) == []


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda each: each.name)
def test_collector_pattern_covers(detector):
    """The Collector's pattern finds every example, and no mark."""
    regexp = re2.compile(detector.collector_pattern.encode(), options())

    for text in detector.matches:
        assert regexp.search(text.encode()), text
    for mark in MARKS:
        assert regexp.search(mark.encode()) is None


@pytest.mark.parametrize("mark", [mark for mark in MARKS if marks.is_mark(mark)])
@pytest.mark.parametrize("form", ["password={}", 'password: "{}"', "'token': '{}'", "Cookie: {}"])
def test_shapes_pass_over_marks(mark, form):
    """The Collector counts no mark that stands for a whole value as a leak."""
    names = re.sub("(?i)(password|token|cookie)", rf"{character(OPEN)}\1{character(CLOSE)}", form)
    text = names.format(re.sub(MARK, rf"{character(KEPT)}\1", mark))
    for pattern, _ in word_statements.shapes().values():
        assert re2.compile(pattern.encode(), options()).search(text.encode()) is None


def test_own_patterns_compile_everywhere():
    """No two detectors share a name, and every profile has some."""
    profiles = {name for detector in DETECTORS for name in detector.profiles}

    assert profiles == {"strict", "default", "minimal", "payment", "korean"}


@pytest.mark.parametrize(("digits", "valid"), [(b"79927398713", True), (b"79927398710", False)])
def test_luhn(digits, valid):
    """The example of ISO/IEC 7812-1."""
    assert luhn(digits) is valid


def test_card_among_other_digits():
    """A card number is found behind digits that are none."""
    text = b"5411 4111 1111 1111 1111"

    assert [text[slice(*span)] for span in payment_card(text)] == [b"4111 1111 1111 1111"]


def test_iban_stops_at_its_end():
    """What follows an IBAN is not part of it."""
    text = b"DE89370400440532013000 1234"

    assert [text[slice(*span)] for span in iban(text)] == [b"DE89370400440532013000"]


@pytest.mark.parametrize(
    ("secret", "partial"),
    [
        ("bob@example.com", "b***@example.com"),
        ("4111 1111 1111 1111", "***1111"),
        ("short", "***"),
        ("홍길동@example.com", "***@example.com"),
    ],
)
def test_partial_forms(secret, partial):
    """A partial form shows the promised little and is known as a mark."""
    assert any_value(secret) == partial
    assert marks.is_partial(partial)
