"""Value rules as Go regular expressions that never match a mark of ours."""

from typing import Final

from otel_logging.redaction.detectors import Detector
from otel_logging.redaction.policy import Section
from otel_logging.redaction.scanner import detectors

NUMBERS: Final = frozenset({"payment-card", "korean-resident-number-plain"})
"""Detectors whose secrets may stand in numeric attributes."""

OF_DIGITS: Final = frozenset(
    {
        "phone-us",
        "phone-korean-mobile",
        "phone-korean-landline",
        "korean-resident-number",
        "korean-business-number",
        "korean-driving-licence",
        "us-social-security",
        "iban",
    }
)
"""Detectors of digits in groups, and of the one code that begins with two letters."""


def numbers(section: Section) -> list[str]:
    """Patterns for values of every type."""
    return [
        detector.collector_pattern for detector, _ in detectors(section) if detector.name in NUMBERS
    ]


def text_detectors(section: Section) -> list[Detector]:
    """The detectors for text only."""
    return [detector for detector, _ in detectors(section) if detector.name not in NUMBERS]


def covering(words: set[tuple[str, ...]]) -> list[str]:
    """A few texts of which one is in some segment of every word."""
    chosen: list[str] = []
    words = {word or ("",) for word in words}
    while words:
        parts = {part for word in words for part in word}
        long = {part for part in parts if len(part) > 2 or not part.isascii()}
        candidates = sorted(long or parts or {""})
        best = max(candidates, key=lambda part: (len(_covered(words, part)), len(part)))
        chosen.append(best)
        words -= _covered(words, best)
    return chosen


def _covered(words: set[tuple[str, ...]], stem: str) -> set[tuple[str, ...]]:
    return {word for word in words if any(stem in part for part in word)}
