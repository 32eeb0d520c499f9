"""Statements that bring keys to a form that plain patterns meet."""

from dataclasses import dataclass
from typing import Final

from otel_logging.redaction.compiler.json_patterns import JsonRule
from otel_logging.redaction.compiler.loans import AWAY
from otel_logging.redaction.compiler.ottl import (
    SEEN,
    STRUCTURE,
    any_index,
    cached,
    quoted,
    seen,
)

_ODD_KEYS: Final = (
    "[\\x{131}\\x{261}\\x{391}-\\x{3a9}\\x{3b1}-\\x{3c9}\\x{401}-\\x{45f}\\x{501}\\x{51b}\\x{461}"
    "\\x{ff10}-\\x{ff5a}\\x{1d400}-\\x{1d7ff}]"
)
"""Where letters stand that read as others: the gate of the renaming."""


@dataclass(frozen=True, slots=True)
class KeyForms:
    """How keys are written so that plain patterns meet them.

    Attributes:
        odd_letters: For each plain letter, a pattern of its look-alikes.
        straddling: Pattern of flattened keys that only together are a name to redact.
        below_ignored: Patterns of flattened keys that stand below a key that is left alone.
        blocked: Patterns of keys that name what to redact.
        pairs: Rules for names and values that stand apart.
    """

    odd_letters: dict[str, str]
    straddling: str
    below_ignored: list[str]
    blocked: list[str]
    pairs: list[JsonRule]


def of_attributes(context: str, forms: KeyForms) -> list[dict[str, object]]:
    """Mask values that stand apart from their names, and rename keys in odd letters."""
    attributes, json = f"{context}.attributes", cached(context, "json")
    groups: list[dict[str, object]] = []
    if forms.pairs:
        nested = any_index(json, (":{", "[{", ",{"))
        escaped = f'Index({json}, ":[") >= 0 and Index({json}, {quoted(chr(92))}) >= 0'
        groups.append(
            {
                "context": context,
                "conditions": [f"{seen(context, 'pairs')} != nil"],
                "statements": [
                    f'delete_key({attributes}, "{SEEN}pairs")',
                    f"set({json}, String({attributes}))",
                    *_pair_statements(context, attributes, forms.pairs),
                    f"flatten({attributes}) where {nested} or ({escaped})",
                    f'delete_matching_keys({attributes}, "^otlog\\\\.loan\\\\.")',
                ],
            }
        )
    return [*groups, _plain_keys(context, attributes, forms.odd_letters)]


def of_body(forms: KeyForms) -> list[dict[str, object]]:
    """A structured body keeps its shape unless only its flat keys show what must go."""
    flat, keys = cached("log", "flat"), cached("log", "keys")
    split = f"IsMatch({keys}, {quoted(forms.straddling)}) or " if forms.straddling else ""
    below, named = (
        " or ".join(f"IsMatch({keys}, {quoted(pattern)})" for pattern in patterns) or "false"
        for patterns in (forms.below_ignored, forms.blocked)
    )
    unfit = f"{split}IsMatch({keys}, {quoted(_ODD_KEYS)}) or (({below}) and ({named}))"
    pairs: list[dict[str, object]] = []
    if forms.pairs:
        marks = sorted({mark for rule in forms.pairs for mark in rule.marks})
        pairs.append(
            {
                "context": "log",
                "conditions": [f"{STRUCTURE} and ({any_index('String(log.body)', marks)})"],
                "statements": [
                    'set(log.cache["json"], String(log.body))',
                    *_pair_statements("log", "log.body", forms.pairs),
                ],
            }
        )
    return [
        *pairs,
        {
            "context": "log",
            "conditions": ["IsMap(log.body)"],
            "statements": [
                f"set({flat}, log.body)",
                f"flatten({flat})",
                f"set({keys}, String(Keys({flat})))",
                f"set(log.body, {flat}) where {unfit}",
            ],
        },
        _plain_keys("log", "log.body", forms.odd_letters),
    ]


def _pair_statements(context: str, target: str, rules: list[JsonRule]) -> list[str]:
    """Mask values that stand apart from their names; the target is rebuilt only then."""
    json, changed = cached(context, "json"), cached(context, "changed")
    statements = [
        f"replace_pattern({json}, {quoted(rule.pattern)}, {quoted(rule.replacement)})"
        for rule in rules
    ]
    statements += [
        f"set({changed}, true) where {json} != String({target})",
        f"set({target}, ParseJSON({json})) where {changed} == true",
    ]
    if context != "datapoint":
        count = f'{context}.attributes["redaction.masked.count"]'
        statements.append(f"set({count}, 1) where {changed} == true")
    return statements


def _plain_keys(context: str, target: str, odd_letters: dict[str, str]) -> dict[str, object]:
    """Rename keys in odd letters, where there are any."""
    here = "IsMap(log.body)" if target == "log.body" else f'{target}["{AWAY[0]}"] == nil'
    return {
        "context": context,
        "conditions": [f"{here} and IsMatch(String(Keys({target})), {quoted(_ODD_KEYS)})"],
        "statements": [
            f'replace_all_patterns({target}, "key", {quoted(pattern)}, "{letter}")'
            for letter, pattern in odd_letters.items()
        ],
    }
