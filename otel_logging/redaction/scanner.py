"""Finds secrets in text: RE2 patterns, names with values, and encoded text, in linear time."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import re2

from otel_logging.redaction import views
from otel_logging.redaction.detectors import TABLE, Detector
from otel_logging.redaction.findings import Finding
from otel_logging.redaction.gates import Gates, compiled
from otel_logging.redaction.pairs import Pairs
from otel_logging.redaction.policy import Action, PolicyError, Section, ValueRule, value_name
from otel_logging.redaction.rules import Rules
from otel_logging.redaction.shapes import shapes

MAX_DEPTH: Final = 4
"""How many layers of encoding are undone."""

SEPARATOR: Final = "\n\x00\n"
"""Stands between texts that are searched together; no built-in pattern reaches across it unseen."""

_RARE: Final = 3
"""Literals of so many characters are rare enough to stand for their pattern."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value rule, compiled."""

    detector: Detector
    regexp: "re2._Regexp"
    group: int
    action: Action

    def find(self, text: bytes) -> Iterator[Finding]:
        """Everything in ``text`` that the pattern matches and its validator confirms."""
        detector = self.detector
        for match in self.regexp.finditer(text):
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


@dataclass(frozen=True, slots=True)
class Group:
    """Patterns behind one gate.

    Attributes:
        gate: A pattern of what is in every match of theirs.
        candidates: Finds where in joined texts they may match, at the price of one pattern.
        finders: The patterns.
    """

    gate: str
    candidates: "re2._Regexp"
    finders: tuple[Pattern | Pairs, ...]


class Scanner:
    """All value and name rules of a section: gates in one pass each, the patterns behind them.

    Attributes:
        groups: The patterns, by their index in `hits`.
    """

    def __init__(self, section: Section, rules: Rules) -> None:
        """Compile the rules.

        Raises:
            PolicyError: They are too large together.
        """
        values = [_value_group(*each) for each in detectors(section)]
        names = _name_groups(section, rules)
        self.groups: list[Group] = [*values, *names]
        self._encoded, self._wrapped = len(self.groups), len(self.groups) + 1
        try:
            self._values = Gates(group.gate for group in values)
            self._names = Gates([group.gate for group in names] + [views.ODD_OR_ENCODED])
        except re2.error:
            reason = "the patterns together are too large for one automaton: remove some"
            raise PolicyError("policy", 0, "values", reason) from None

    def hits(self, text: bytes) -> list[int]:
        """Indices of what may be somewhere in ``text``: groups, encoded text, wrapped text.

        Raises:
            ScanError: An automaton gave up.
        """
        first = len(self._values)
        found = self._values.open(text) + [first + each for each in self._names.open(text)]
        # Runs of base64 are everywhere: among the others, they would multiply all their states.
        return [*found, self._wrapped] if views.RUNS.search(text) else found

    def findings(
        self, text: bytes, depth: int = MAX_DEPTH, hits: Collection[int] | None = None
    ) -> list[Finding]:
        """Every secret in ``text``, encoded ones too.

        Args:
            text: UTF-8.
            depth: How many layers of encoding are undone.
            hits: What may be in ``text``, where that is known (`suspects`).

        Raises:
            ScanError: As `hits`.
        """
        hits = self.hits(text) if hits is None else hits
        found: list[Finding] = []
        for index in hits:
            if index < len(self.groups):
                for finder in self.groups[index].finders:
                    found += finder.find(text)
        if depth and self._wrapped in hits:
            found += self._wrapped_findings(text, depth)
        if depth and self._encoded in hits and (view := views.decoded(text)):
            found += [_moved(each, view.origin) for each in self.findings(view.text, depth - 1)]
        return found

    def _wrapped_findings(self, text: bytes, depth: int) -> Iterator[Finding]:
        """Runs of base64 or hexadecimal that hold a secret; the whole run goes."""
        for start, end, inner in views.unwrapped(text):
            for found in self.findings(inner, depth - 1)[:1]:
                yield replace(
                    found, start=start, end=end, value=text[start:end], quote=None, partial=None
                )

    def suspects(self, joined: bytes) -> Iterator[tuple[int, int, int]]:
        """Ranges of a joined buffer that call for a closer look, each with its index in `hits`.

        None when the buffer is clean.

        Raises:
            ScanError: As `hits`.
        """
        for index in self.hits(joined):
            for start, end in self._candidates(index, joined):
                yield start, end, index

    def _candidates(self, index: int, joined: bytes) -> Iterator[tuple[int, int]]:
        if index < len(self.groups):
            return (match.span() for match in self.groups[index].candidates.finditer(joined))
        if index == self._encoded:
            return ((start, start) for start in views.encoded(joined))
        return ((start, end) for start, end, _ in views.unwrapped(joined))


def _value_group(detector: Detector, action: Action) -> Group:
    regexp = compiled(detector.pattern)
    pattern = Pattern(detector, regexp, regexp.groupindex.get(b"secret", 0), action)
    if detector.literals and min(map(len, detector.literals)) >= _RARE:
        gate = "|".join(map(re.escape, detector.literals))
    else:
        gate = detector.pattern
    return Group(gate, regexp, (pattern,))


def _name_groups(section: Section, rules: Rules) -> list[Group]:
    """The shapes of names and values, those that one gate stands for together."""
    finders: dict[str, list[Pairs]] = {}
    for shape in shapes(section):
        pairs = Pairs(compiled(shape.pattern), rules, shape.literals)
        finders.setdefault(shape.gate, []).append(pairs)
    return [Group(gate, compiled(gate), tuple(pairs)) for gate, pairs in finders.items()]


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
