"""Key and path rules compiled to one question: what happens to the value at this path?"""

import re
from dataclasses import dataclass
from typing import Final

from otel_logging.redaction.keys import components, runs, segments, together, undisguised
from otel_logging.redaction.policy import Action, PathRule, Section

_CACHE_SIZE: Final = 8192
_MIN_DISGUISED: Final = 5
"""Shorter names, such as pin, are too often met by chance in a key of digits and letters."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says about a value.

    Attributes:
        rule: Name of the rule, for counts and explanations.
        action: What to do with the value.
        kind: ``key`` or ``path``.
        open: Whether safe names lie below, so that the value's parts are decided one by one.
    """

    rule: str
    action: Action
    kind: str = "key"
    open: bool = False


class Rules:
    """The key and path rules of one section; `decide` is a dictionary lookup once warm."""

    def __init__(self, section: Section) -> None:
        self._words = {
            together(word): Decision(rule.name, rule.action)
            for rule in section.keys
            for word in rule.match
        }
        self._longest = max(map(len, self._words), default=0)
        self._safe = {".".join(components(key)) for key in section.safe.keys}
        self._above = {
            name[: dot.start()] for name in self._safe for dot in re.finditer(r"\.", name)
        }
        self._suffixes = tuple(tuple(segments(suffix)) for suffix in section.safe.suffixes)
        self._safe_paths = [path_pattern(path) for path in section.safe.paths]
        self._paths = [_compiled(rule) for rule in section.paths]
        self._known: dict[str, Decision | None] = {}

    @property
    def has_paths(self) -> bool:
        """Whether any rule is by path, so that list elements have to be decided too."""
        return bool(self._paths)

    def decide(self, path: str) -> Decision | None:
        """The decision for the value at a dotted path (list positions as ``[]``), or None."""
        try:
            return self._known[path]
        except KeyError:
            decision = self._decide(path)
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[path] = decision
        return decision

    def _decide(self, path: str) -> Decision | None:
        canonical = ".".join(components(path))
        if any(pattern.fullmatch(canonical) for pattern in self._safe_paths):
            return None
        for pattern, decision in self._paths:
            if pattern.fullmatch(canonical):
                return decision
        if canonical in self._safe or (self._has_safe_suffix(path) and not self._ends_named(path)):
            return None
        found = self._named(path) or self._named(undisguised(path), _MIN_DISGUISED)
        if found is None:
            return None
        return Decision(found.rule, found.action, open=canonical in self._above)

    def _named(self, path: str, shortest: int = 0) -> Decision | None:
        """The rule for a name of at least ``shortest`` letters in a path."""
        found = (run for run in runs(path, self._longest) if run in self._words)
        return next((self._words[run] for run in found if len(run) >= shortest), None)

    def _ends_named(self, path: str) -> bool:
        """Whether a name of several words ends the path: ``maiden name`` is more than a name."""
        parts = segments(path)
        return any("".join(parts[start:]) in self._words for start in range(len(parts) - 1))

    def _has_safe_suffix(self, path: str) -> bool:
        """Whether the last component ends in a harmless word, with another word before it."""
        parts = tuple(segments(path.rpartition(".")[2]))
        return any(
            len(parts) > len(suffix) and parts[-len(suffix) :] == suffix
            for suffix in self._suffixes
        )


def path_pattern(path: str) -> re.Pattern[str]:
    """A path rule as a pattern over canonical paths."""
    parts = components(path)
    wildcards = {"*": r"[^.]+", "**": r"[^.]+(?:\.[^.]+)*"}
    return re.compile(r"\.".join(wildcards.get(part, re.escape(part)) for part in parts))


def _compiled(rule: PathRule) -> tuple[re.Pattern[str], Decision]:
    pattern = "|".join(path_pattern(path).pattern for path in rule.match)
    return re.compile(pattern), Decision(rule.name, rule.action, kind="path")
