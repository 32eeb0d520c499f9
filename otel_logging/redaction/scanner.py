"""Finds secrets in text: RE2 patterns, names with values, and encoded text, in linear time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import re2

from otel_logging.redaction import views
from otel_logging.redaction.detectors import TABLE, Detector
from otel_logging.redaction.findings import Finding
from otel_logging.redaction.gates import Gates, Sieve, compiled
from otel_logging.redaction.pairs import Named
from otel_logging.redaction.policy import Action, PolicyError, Section, ValueRule, value_name
from otel_logging.redaction.rules import Rules
from otel_logging.redaction.shapes import names_in_text

MAX_DEPTH: Final = 4
"""How many layers of encoding are undone."""

SEPARATOR: Final = "\n\x00\n"
"""Stands between texts that are searched together; no built-in pattern reaches across it unseen."""

Kind = Literal["values", "names", "wrapped", "own"]
Suspect = tuple[Kind, int, int]
"""What may be in a range of a text: one that a value rule finds, a name and its value, or encoded
text."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value rule, compiled."""

    detector: Detector
    regexp: "re2._Regexp"
    group: int
    action: Action
    literals: tuple[bytes, ...] = ()

    def find(self, text: bytes, begin: int = 0) -> Iterator[Finding]:
        """Everything in ``text``, from ``begin`` on, that it matches and its validator confirms."""
        detector = self.detector
        if self.literals and not any(literal in text for literal in self.literals):
            return
        for match in self.regexp.finditer(text, begin):
            start, end = match.span(self.group)
            ranges = [(0, end - start)]
            if detector.refine is not None:
                ranges = [*detector.refine(text[start:end])]
            for first, last in ranges:
                yield Finding(
                    start + first,
                    start + last,
                    detector.name,
                    self.action,
                    text[start + first : start + last],
                    partial=detector.partial,
                    yields=detector.name == "email",
                )


class Scanner:
    """All value and name rules of a section: sieves first, the patterns where one lets through.

    Attributes:
        patterns: The value rules, by their index in `hits`.
    """

    def __init__(self, section: Section, rules: Rules) -> None:
        """Compile the rules.

        Raises:
            PolicyError: They are too large together.
        """
        built_in, own = _patterns(section)
        self.patterns, self._own = built_in, own
        gates = [each.detector.gate_pattern for each in built_in] + [views.ODD_OR_ENCODED]
        self._names = Named(section, rules) if names_in_text(section) else None
        try:
            self._gates = Gates(gates)
            # Runs of base64 are everywhere: among the others, they would multiply all their states.
            self._sieves: list[tuple[Kind, Sieve | Named]] = [
                ("values", Sieve(gates)),
                ("wrapped", Sieve([views.WRAPPED])),
            ]
            if own:
                self._sieves.append(("own", Sieve(each.detector.pattern for each in own)))
        except re2.error:
            reason = "the patterns together are too large for one automaton: remove some"
            raise PolicyError("policy", 0, "values", reason) from None
        if self._names:
            self._sieves.append(("names", self._names))

    def suspects(self, text: bytes) -> Iterator[Suspect]:
        """Where in ``text``, which may be several texts joined, something may be."""
        for kind, sieve in self._sieves:
            for start, end in sieve.places(text):
                yield kind, start, end

    def hits(self, text: bytes) -> list[int]:
        """Indices of the patterns that may match in ``text``; one more for encoded text.

        Raises:
            ScanError: The automaton gave up.
        """
        return self._gates.open(text)

    def findings(
        self, text: bytes, depth: int = MAX_DEPTH, suspects: Collection[Suspect] | None = None
    ) -> list[Finding]:
        """Every secret in ``text``, encoded ones too.

        Args:
            text: UTF-8.
            depth: How many layers of encoding are undone.
            suspects: Its `suspects`, where they are known.

        Raises:
            ScanError: As `hits`.
        """
        suspects = [*self.suspects(text)] if suspects is None else suspects
        kinds = {kind for kind, _, _ in suspects}
        found: list[Finding] = []
        if "names" in kinds and self._names:
            words = [(start, end) for kind, start, end in suspects if kind == "names"]
            found += self._names.find(text, words)
        if "values" in kinds:
            places = [(start, end) for kind, start, end in suspects if kind == "values"]
            found += self._values(text, places, depth)
        if "own" in kinds:
            for pattern in self._own:
                found += pattern.find(text)
        if "wrapped" in kinds and depth:
            found += self._wrapped(text, depth)
        return found

    def _values(
        self, text: bytes, places: Sequence[tuple[int, int]], depth: int
    ) -> Iterator[Finding]:
        """What the built-in value rules find, also behind escapes and odd characters."""
        first = text.rfind(b"\n", 0, max(0, places[0][0])) + 1
        for index in self.hits(_rest_of_lines(text, places)):
            if index < len(self.patterns):
                yield from self.patterns[index].find(text, first)
            elif depth and (view := views.decoded(text)):
                yield from (
                    _moved(each, view.origin) for each in self.findings(view.text, depth - 1)
                )

    def _wrapped(self, text: bytes, depth: int) -> Iterator[Finding]:
        """Runs of base64 or hexadecimal that hold a secret; the whole run goes."""
        for start, end, inner in views.unwrapped(text):
            for found in self.findings(inner, depth - 1)[:1]:
                yield replace(
                    found, start=start, end=end, value=text[start:end], quote=None, partial=None
                )


def _rest_of_lines(text: bytes, places: Iterable[tuple[int, int]]) -> bytes:
    """What stands at each place, in order, and after it on its line."""
    pieces: list[bytes] = []
    done = 0
    for start, end in places:
        if end > done:
            stop = text.find(b"\n", end) + 1 or len(text)
            pieces.append(text[max(start - 1, done, 0) : stop])
            done = stop
    return SEPARATOR.encode().join(pieces)


def _patterns(section: Section) -> tuple[list[Pattern], list[Pattern]]:
    """The value rules: detectors, and the policy's own patterns."""
    built_in: list[Pattern] = []
    own: list[Pattern] = []
    for detector, action in detectors(section):
        regexp = compiled(detector.pattern)
        literals = tuple(literal.encode() for literal in detector.literals)
        pattern = Pattern(detector, regexp, regexp.groupindex.get(b"secret", 0), action, literals)
        (built_in if detector.name in TABLE else own).append(pattern)
    return built_in, own


def _moved(found: Finding, origin: Sequence[int]) -> Finding:
    """A finding in a reading, as one in the text that was read."""
    quote = found.quote and (origin[found.quote[0]], origin[found.quote[1]])
    return replace(found, start=origin[found.start], end=origin[found.end], quote=quote)


def detectors(section: Section) -> list[tuple[Detector, Action]]:
    """The detectors that a section uses and what they do, built-in ones first."""
    chosen: dict[str, tuple[Detector, Action]] = {
        name: (detector, "mask")
        for name, detector in TABLE.items()
        if detector.profiles & set(section.profiles)
    }
    for rule in section.values:
        name = value_name(rule)
        if rule.enabled:
            chosen[name] = (_detector(rule), rule.action)
        else:
            chosen.pop(name, None)
    return list(chosen.values())


def _detector(rule: ValueRule) -> Detector:
    if rule.detector:
        return TABLE[rule.detector]
    return Detector(
        name=rule.name or "",
        pattern=rule.pattern or "",
        profiles=frozenset(),
        matches=(),
        misses=(),
    )
