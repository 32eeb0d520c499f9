"""Value rules as Go regular expressions that never match a mark of ours, behind cheap tests.

Go runs an expression without a literal start at tens of nanoseconds a byte. So each one stands
behind a gate: a search for a literal that is in every match, or one expression for many.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from otel_logging.redaction.detectors import Detector
from otel_logging.redaction.keys import segments
from otel_logging.redaction.pairs import shapes
from otel_logging.redaction.policy import Section
from otel_logging.redaction.scanner import detectors

NUMBERS: Final = frozenset({"payment-card", "korean-resident-number-plain"})
"""Detectors whose secrets may stand in numeric attributes."""

_DIGITS: Final = r"[0-9](?:[ ().-]{0,2}[0-9]){8}"
_OF_DIGITS: Final = frozenset(
    {
        "phone-us",
        "phone-korean-mobile",
        "phone-korean-landline",
        "korean-resident-number",
        "korean-business-number",
        "korean-driving-licence",
        "us-social-security",
    }
)
_DELIMITERS: Final = {
    "assignment": ("=", ":"),
    "cookie": ("=", ":"),
    "element": ("</",),
    "flag": ("-",),
    "part": ("name=",),
    "named": (",",),
    "tuple": (",",),
}


@dataclass(frozen=True, slots=True)
class Gate:
    """Patterns behind one cheap test.

    Attributes:
        literals: One of them is in every text that a pattern matches; none: always.
        words: One of them too, in lower case.
        expression: An expression that matches wherever a pattern does; none: always.
        patterns: What is replaced.
    """

    literals: tuple[str, ...]
    words: tuple[str, ...]
    expression: str
    patterns: tuple[str, ...]


def numbers(section: Section) -> list[str]:
    """Patterns for values of every type."""
    return [
        detector.collector_pattern for detector, _ in detectors(section) if detector.name in NUMBERS
    ]


def gates(section: Section) -> list[Gate]:
    """Every pattern for text, by gate."""
    chosen = [detector for detector, _ in detectors(section) if detector.name not in NUMBERS]
    return [*_detector_gates(chosen), *_shape_gates(section)]


def _detector_gates(chosen: list[Detector]) -> Iterator[Gate]:
    digits = [each.collector_pattern for each in chosen if each.name in _OF_DIGITS]
    if digits:
        yield Gate((), (), _DIGITS, tuple(digits))
    for each in chosen:
        if each.name not in _OF_DIGITS:
            yield Gate(each.literals, (), "", (each.collector_pattern,))


def _shape_gates(section: Section) -> Iterator[Gate]:
    words = tuple(stems(section))
    for name, pattern in shapes(section, for_collector=True).items():
        yield Gate(_DELIMITERS[name], words, "", (pattern,))


def stems(section: Section) -> list[str]:
    """Texts of which one is in every word that key rules look for in text."""
    return covering(
        {tuple(segments(word)) for rule in section.keys if rule.text for word in rule.match}
    )


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
