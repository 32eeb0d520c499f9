"""Value rules as Go regular expressions that never match a mark of ours."""

from typing import Final

from otel_logging.redaction.compiler.stems import Word
from otel_logging.redaction.detectors import Detector
from otel_logging.redaction.keys import segments
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


def names_in_text(section: Section) -> set[Word]:
    """The names that are looked for in text, without those that end in another one of them."""
    names = {tuple(segments(word)) for rule in section.keys if rule.text for word in rule.match}
    if names:
        names.add(("cookie",))
    return {
        name
        for name in names
        if name and not any(name[start:] in names for start in range(1, len(name)))
    }
