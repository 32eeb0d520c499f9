"""OTTL statements around the redaction processor: what it does not reach is brought to it.

Names and status texts are lent to it as attributes and taken back afterwards, so that they
meet the same patterns, and are counted, like everything else.
"""

from dataclasses import dataclass
from typing import Final

from otel_logging.redaction.compiler.json_patterns import JsonRule
from otel_logging.redaction.compiler.ottl import (
    CONTEXTS,
    LOAN,
    SIGNAL_STATEMENTS,
    any_index,
    quoted,
)

_LOANS: Final = {
    "log": ("log.event_name", "log.severity_text"),
    "span": ("span.name", "span.status.message", "span.trace_state"),
    "spanevent": ("spanevent.name",),
    "scope": ("scope.name",),
}
_ODD_KEYS: Final = (
    "[\\x{131}\\x{261}\\x{391}-\\x{3a9}\\x{3b1}-\\x{3c9}\\x{401}-\\x{45f}\\x{501}\\x{51b}\\x{461}"
    "\\x{ff10}-\\x{ff5a}\\x{1d400}-\\x{1d7ff}]"
)
"""Where letters stand that read as others: the gate of the renaming."""

HIDDEN: Final = f"{LOAN}plain"
"""The attribute under which attributes without a suspicious key are lent."""

_FORGET: Final = {"log": ('delete_key(log.attributes, "redaction.body.masked.count")',)}
_LEFT_BEHIND: Final = (
    "redaction.ignored.count",
    "redaction.allowed.count",
)
_LEFT_BEHIND_BY_BODIES: Final = (
    "redaction.body.ignored.count",
    "redaction.body.allowed.count",
)


@dataclass(frozen=True, slots=True)
class KeyForms:
    """How keys are written so that plain patterns meet them.

    Attributes:
        odd_letters: For each plain letter, a pattern of its look-alikes.
        straddling: Pattern of flattened keys that only together are a name to redact.
        pairs: Rules for names and values that stand apart.
        literals: One of them is in every key to redact, in lower case without separators.
        stems: One of them is in every literal.
    """

    odd_letters: dict[str, str]
    straddling: str
    pairs: list[JsonRule]
    literals: list[str]
    stems: list[str]


def flatten(forms: KeyForms) -> dict[str, object]:
    """Bring nested attributes to one level, pairs to their marks, odd letters to plain ones."""
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in CONTEXTS.items():
        groups = [group for context in contexts for group in _flatten_context(context, forms)]
        if signal == "logs":
            groups += _flatten_body(forms)
        result[SIGNAL_STATEMENTS[signal]] = groups
    return result


def _flatten_context(context: str, forms: KeyForms) -> list[dict[str, object]]:
    """Flatten where a map stands inside, or a list whose JSON form needs escapes.

    Attributes that a sender names like ours are removed: they would be taken for our own.
    """
    attributes = f"{context}.attributes"
    json = f'{context}.cache["json"]'
    nested = any_index(json, (":{", "[{", ",{"))
    escaped = f'Index({json}, ":[") >= 0 and Index({json}, {quoted(chr(92))}) >= 0'
    shared = context in {"resource", "scope"}
    statements = [
        f'delete_matching_keys({attributes}, "^redaction\\\\.")',
        f"set({json}, String({attributes}))",
    ]
    if not shared:
        statements += _pair_statements(context, attributes, forms.pairs)
    statements += [
        f"flatten({attributes}) where {nested} or ({escaped})",
        f'delete_matching_keys({attributes}, "^otlog\\\\.loan\\\\.")',
    ]
    flat: dict[str, object] = {"context": context, "statements": statements}
    if shared:
        return [flat]
    return [flat, _plain_keys(context, attributes, forms.odd_letters), _hide_plain(context, forms)]


def _hide_plain(context: str, forms: KeyForms) -> dict[str, object]:
    """Lend the attributes as one map, so that no key is looked at, unless a key is suspicious."""
    attributes, keys, seen = (
        f"{context}.attributes",
        f'{context}.cache["keys"]',
        f'{context}.cache["seen"]',
    )
    kept = "".join(sorted({char for word in forms.literals for char in word if not char.isascii()}))
    everything = f'{context}.cache["all"]'
    suspicious = any_index(keys, forms.literals)
    plain = f"{seen} == nil or not ({suspicious})" if forms.literals else "true"
    stems = any_index(keys, forms.stems) if forms.stems else "false"
    return {
        "context": context,
        "statements": [
            f"set({keys}, ToLowerCase(String(Keys({attributes}))))",
            f'replace_pattern({keys}, {quoted(f"[^a-z,{kept}]+")}, "")',
            f"set({seen}, true) where {stems}",
            f"set({everything}, {attributes}) where {plain}",
            f'keep_keys({attributes}, ["{HIDDEN}"]) where {everything} != nil',
            f'set({attributes}["{HIDDEN}"], {everything}) where {everything} != nil',
        ],
    }


def _show(context: str) -> list[str]:
    """Put the attributes back that `_hide_plain` lent."""
    if context in {"resource", "scope"}:
        return []
    attributes, everything = f"{context}.attributes", f'{context}.cache["all"]'
    return [
        f'set({everything}, {attributes}["{HIDDEN}"]) where {attributes}["{HIDDEN}"] != nil',
        f"set({attributes}, {everything}) where {everything} != nil",
    ]


def show() -> dict[str, object]:
    """Put lent attributes back, where nothing else is lent."""
    return {
        "error_mode": "propagate",
        "metric_statements": [{"context": "datapoint", "statements": _show("datapoint")}],
    }


def _pair_statements(context: str, target: str, rules: list[JsonRule]) -> list[str]:
    """Mask values that stand apart from their names; the target is rebuilt only then."""
    if not rules:
        return []
    json, found = f'{context}.cache["json"]', f'{context}.cache["pairs"]'
    marks = sorted({mark for rule in rules for mark in rule.marks})
    gate = any_index(json, marks)
    statements = [f"set({found}, true) where {gate}"]
    statements += [
        f"replace_pattern({json}, {quoted(rule.pattern)}, {quoted(rule.replacement)}) "
        f"where {found} == true"
        for rule in rules
    ]
    changed = f"{found} == true and {json} != String({target})"
    statements.append(f'set({context}.cache["changed"], true) where {changed}')
    rebuilt = f'{context}.cache["changed"] == true'
    statements.append(f"set({target}, ParseJSON({json})) where {rebuilt}")
    if context != "datapoint":
        count = f'{context}.attributes["redaction.masked.count"]'
        statements.append(f"set({count}, 1) where {rebuilt}")
    return statements


def _flatten_body(forms: KeyForms) -> list[dict[str, object]]:
    """A structured body keeps its shape unless only its flat keys show what must go."""
    flat, keys = 'log.cache["flat"]', 'log.cache["keys"]'
    split = f"IsMatch({keys}, {quoted(forms.straddling)}) or " if forms.straddling else ""
    unfit = f"{split}IsMatch({keys}, {quoted(_ODD_KEYS)})"
    return [
        {
            "context": "log",
            "conditions": ["IsMap(log.body) or IsList(log.body)"],
            "statements": [
                'set(log.cache["json"], String(log.body))',
                *_pair_statements("log", "log.body", forms.pairs),
            ],
        },
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


def _plain_keys(context: str, target: str, odd_letters: dict[str, str]) -> dict[str, object]:
    """Rename keys in odd letters, where there are any."""
    kind = "" if target.endswith("attributes") else f"IsMap({target}) and "
    return {
        "context": context,
        "conditions": [f"{kind}IsMatch(String(Keys({target})), {quoted(_ODD_KEYS)})"],
        "statements": [
            f'replace_all_patterns({target}, "key", {quoted(pattern)}, "{letter}")'
            for letter, pattern in odd_letters.items()
        ],
    }


def lend() -> dict[str, object]:
    """Lend names and status texts as attributes; forget marks inside structured bodies."""
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in CONTEXTS.items():
        result[SIGNAL_STATEMENTS[signal]] = [
            {
                "context": context,
                "statements": [
                    *_show(context),
                    *(
                        f'set({context}.attributes["{_loan(field)}"], {field}) where {field} != ""'
                        for field in _LOANS[context]
                    ),
                    *_FORGET.get(context, ()),
                ],
            }
            for context in contexts
            if context in _LOANS
        ]
    return result


def take_back() -> dict[str, object]:
    """Take the loans back, and clear what the redaction processor leaves behind."""
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in CONTEXTS.items():
        result[SIGNAL_STATEMENTS[signal]] = [
            {"context": context, "statements": _take_back(context)} for context in contexts
        ]
    return result


def _take_back(context: str) -> list[str]:
    statements: list[str] = []
    for field in _LOANS.get(context, ()):
        loan = f'{context}.attributes["{_loan(field)}"]'
        statements += [
            f"set({field}, {loan}) where {loan} != nil",
            f'delete_key({context}.attributes, "{_loan(field)}")',
        ]
    left = _LEFT_BEHIND + (_LEFT_BEHIND_BY_BODIES if context == "log" else ())
    return statements + [f'delete_key({context}.attributes, "{key}")' for key in left]


def _loan(field: str) -> str:
    return LOAN + field.partition(".")[2]
