"""Finds secrets in text: RE2 patterns, names with values, and encoded text, in linear time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import re2

from otel_logging.redaction import views
from otel_logging.redaction.detectors import TABLE, Detector
from otel_logging.redaction.findings import Finding
from otel_logging.redaction.pairs import Pairs, shapes
from otel_logging.redaction.policy import Action, PolicyError, Section, ValueRule, value_name
from otel_logging.redaction.rules import Rules

MAX_DEPTH: Final = 4
"""How many layers of encoding are undone."""

SEPARATOR: Final = "\n\x00\n"
"""Stands between texts that are searched together; no built-in pattern reaches across it unseen."""

_SENTINEL: Final = SEPARATOR.encode()
_MAX_MEMORY: Final = 256 << 20


class ScanError(Exception):
    """The patterns could not be run: nothing is known about the text."""


def options() -> "re2.Options":
    """How every pattern is compiled: on UTF-8 bytes, silent, with room for large sets."""
    chosen = re2.Options()
    chosen.log_errors = False
    chosen.max_mem = _MAX_MEMORY
    return chosen


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


class Scanner:
    """All value rules of a section as one automaton, with the patterns behind it."""

    def __init__(self, section: Section, rules: Rules) -> None:
        chosen = options()
        self._set = re2.Set.SearchSet(chosen)
        self._finders: list[tuple[re2._Regexp, Pattern | Pairs]] = []
        for detector, action in detectors(section):
            regexp = self._add(detector.pattern)
            group = regexp.groupindex.get(b"secret", 0)
            self._finders.append((regexp, Pattern(detector, regexp, group, action)))
        for pattern in shapes(section).values():
            regexp = self._add(pattern)
            self._finders.append((regexp, Pairs(regexp, rules)))
        self._encoded = self._set.Add(f"{views.ENCODED}|{views.ODD}".encode())
        self._wrapped = self._set.Add(views.WRAPPED.encode())
        self._sentinel = self._set.Add(rb"\x00")
        try:
            self._set.Compile()
        except re2.error:
            reason = "the patterns together are too large for one automaton: remove some"
            raise PolicyError("policy", 0, "values", reason) from None

    def _add(self, pattern: str) -> "re2._Regexp":
        self._set.Add(pattern.encode())
        return re2.compile(pattern.encode(), options())

    def hits(self, text: bytes) -> list[int]:
        """Indices of the patterns that match somewhere in ``text``.

        Raises:
            ScanError: The automaton gave up, for instance for want of memory.
        """
        found = self._set.Match(text + _SENTINEL) or []
        if self._sentinel not in found:
            raise ScanError
        return [index for index in found if index != self._sentinel]

    def findings(self, text: bytes, depth: int = MAX_DEPTH) -> list[Finding]:
        """Every secret in ``text``, encoded ones too."""
        hits = self.hits(text)
        found: list[Finding] = []
        for index in hits:
            if index < len(self._finders):
                found += self._finders[index][1].find(text)
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

    def suspects(self, joined: bytes) -> Iterator[tuple[int, int]]:
        """Ranges of a joined buffer that call for a closer look; none when it is clean."""
        for index in self.hits(joined):
            if index < len(self._finders):
                yield from (match.span() for match in self._finders[index][0].finditer(joined))
            elif index == self._encoded:
                yield from ((start, start) for start in views.encoded(joined))
            else:
                yield from ((start, end) for start, end, _ in views.unwrapped(joined))


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
