"""OTTL statements around the redaction processor: what it does not reach is brought to it.

Each item is looked at once (`gates`). If nothing in it may be a secret, its attributes are put
away whole, under a name that the redaction processors ignore, and taken back at the end. Of the
others, names, status texts and text bodies are lent as attributes, so that they meet the same
patterns, and are counted, like everything else.
"""

from dataclasses import dataclass
from typing import Final

from otel_logging.redaction.compiler import gates
from otel_logging.redaction.compiler.json_patterns import JsonRule
from otel_logging.redaction.compiler.ottl import (
    CONTEXTS,
    KINDS,
    LOAN,
    SEEN,
    SHARED,
    SIGNAL_STATEMENTS,
    any_index,
    cached,
    lent,
    quoted,
    seen,
)
from otel_logging.redaction.policy import Section

LOANS: Final = {
    "log": ("log.event_name", "log.severity_text"),
    "span": ("span.name", "span.status.message", "span.trace_state"),
    "spanevent": ("spanevent.name",),
    "scope": ("scope.name",),
}
"""The texts beside the attributes, by context."""

AWAY: Final = (f"{LOAN}attributes", f"{LOAN}text")
"""The attributes under which attributes and a text body are put away."""

_ODD_KEYS: Final = (
    "[\\x{131}\\x{261}\\x{391}-\\x{3a9}\\x{3b1}-\\x{3c9}\\x{401}-\\x{45f}\\x{501}\\x{51b}\\x{461}"
    "\\x{ff10}-\\x{ff5a}\\x{1d400}-\\x{1d7ff}]"
)
"""Where letters stand that read as others: the gate of the renaming."""

_UNESCAPED: Final = {
    "\\\\u003c": "<",
    "\\\\u003e": ">",
    "\\\\u0026": "&",
    "\\\\t": "\t",
    "\\\\r": "\r",
    "\\\\n": "\n",
    '\\\\"': '"',
    "\\\\\\\\": "\\",
}
_STRUCTURE: Final = "(IsMap(log.body) or IsList(log.body))"


@dataclass(frozen=True, slots=True)
class KeyForms:
    """How keys are written so that plain patterns meet them.

    Attributes:
        odd_letters: For each plain letter, a pattern of its look-alikes.
        straddling: Pattern of flattened keys that only together are a name to redact.
        pairs: Rules for names and values that stand apart.
    """

    odd_letters: dict[str, str]
    straddling: str
    pairs: list[JsonRule]


def look(section: Section, forms: KeyForms) -> dict[str, object]:
    """Put away what is clean; bring the keys of the rest to a form that plain patterns meet."""
    result: dict[str, object] = {"error_mode": "propagate"}
    shared: dict[str, dict[str, object]] = {
        context: {"context": context, "statements": _look(section, forms, context)}
        for context in sorted(SHARED)
    }
    for signal, contexts in CONTEXTS.items():
        groups: list[dict[str, object]] = []
        for context in contexts:
            if context in SHARED:
                groups.append(shared[context])
                continue
            groups.append({"context": context, "statements": _look(section, forms, context)})
            groups += _key_forms(context, forms)
        if signal == "logs":
            groups += _body_forms(forms)
        result[SIGNAL_STATEMENTS[signal]] = groups
    return result


def _look(section: Section, forms: KeyForms, context: str) -> list[str]:
    """Find out what an item may hold, and put its attributes away if no key is suspicious.

    Attributes that a sender names like ours are removed: they would be taken for our own.
    """
    attributes, json = f"{context}.attributes", cached(context, "json")
    foreign = f'delete_matching_keys({attributes}, "^(?:redaction|otlog\\\\.(?:loan|seen))\\\\.")'
    pairs = cached(context, "pairs")
    marks = sorted({mark for rule in forms.pairs for mark in rule.marks})
    statements = [f"set({json}, String({attributes}))"]
    if marks and context not in SHARED:
        statements.append(f"set({pairs}, true) where {any_index(json, marks)}")
    statements += [
        f"flatten({attributes}) where {pairs} == nil and ({_nested(json)})",
        foreign,
        *_texts(context),
        *gates.values(section, context),
        *_put_away(section, context),
        *(
            f"set({seen(context, kind)}, true) where {cached(context, kind)} == true"
            for kind in ("pairs", *KINDS)
        ),
    ]
    return statements


def _nested(json: str) -> str:
    """A map stands inside, or a list whose JSON form needs escapes."""
    escaped = f'Index({json}, ":[") >= 0 and Index({json}, {quoted(chr(92))}) >= 0'
    return f"{any_index(json, (':{', '[{', ',{'))} or ({escaped})"


def _texts(context: str) -> list[str]:
    """An item's texts as one, and in lower case."""
    text, json = cached(context, "text"), cached(context, "json")
    others = [f"String({field})" for field in LOANS.get(context, ())]
    if context == "log":
        others.append("String(log.body)")
    joined = f'Concat([{", ".join([json, *others])}], "\\n")' if others else json
    escaped = f"Index({text}, {quoted(chr(92))}) >= 0"
    return [
        f"set({text}, {joined})",
        *(
            f"replace_pattern({text}, {quoted(pattern)}, {quoted(plain)}) where {escaped}"
            for pattern, plain in _UNESCAPED.items()
        ),
        f"set({cached(context, 'lower')}, ToLowerCase({text}))",
    ]


def _put_away(section: Section, context: str) -> list[str]:
    """Put the attributes away unless a key is suspicious, and a text unless a value is."""
    if context in SHARED:
        return []
    attributes = f"{context}.attributes"
    away, text = (f'{attributes}["{name}"]' for name in AWAY)
    names, together, everything = (cached(context, each) for each in ("names", "together", "all"))
    suspicious = [
        f"{cached(context, 'pairs')} == true",
        f'not IsMatch({names}, "^[ -~]*$$")',
        gates.suspicious_key(section, together),
    ]
    if context == "log":
        suspicious.append(_STRUCTURE)
    keys = cached(context, "keys")
    statements = [
        f"set({names}, String(Keys({attributes})))",
        # Digits keep keys apart where letters are all that is left.
        f'replace_pattern({names}, "\\",\\"", "0")',
        f"set({together}, ToLowerCase(ToCamelCase({names})))",
        f"set({keys}, true) where {' or '.join(suspicious)}",
        f"set({everything}, {attributes}) where {keys} == nil",
        f'keep_keys({attributes}, ["{AWAY[0]}"]) where {keys} == nil',
        f"set({away}, {everything}) where {keys} == nil",
    ]
    if context == "log":
        nothing = " and ".join(f"{cached(context, kind)} == nil" for kind in KINDS)
        statements += [
            f"set({text}, log.body) where IsString(log.body) and {nothing}",
            f'set(log.body, "") where {text} != nil',
        ]
    return statements


def _key_forms(context: str, forms: KeyForms) -> list[dict[str, object]]:
    """Mask values that stand apart from their names, and rename keys in odd letters."""
    attributes, json = f"{context}.attributes", cached(context, "json")
    groups: list[dict[str, object]] = []
    if forms.pairs:
        groups.append(
            {
                "context": context,
                "conditions": [f"{seen(context, 'pairs')} != nil"],
                "statements": [
                    f'delete_key({attributes}, "{SEEN}pairs")',
                    f"set({json}, String({attributes}))",
                    *_pair_statements(context, attributes, forms.pairs),
                    f"flatten({attributes}) where {_nested(json)}",
                    f'delete_matching_keys({attributes}, "^otlog\\\\.loan\\\\.")',
                ],
            }
        )
    return [*groups, _plain_keys(context, attributes, forms.odd_letters)]


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


def _body_forms(forms: KeyForms) -> list[dict[str, object]]:
    """A structured body keeps its shape unless only its flat keys show what must go."""
    flat, keys = cached("log", "flat"), cached("log", "keys")
    split = f"IsMatch({keys}, {quoted(forms.straddling)}) or " if forms.straddling else ""
    unfit = f"{split}IsMatch({keys}, {quoted(_ODD_KEYS)})"
    pairs: list[dict[str, object]] = []
    if forms.pairs:
        marks = sorted({mark for rule in forms.pairs for mark in rule.marks})
        pairs.append(
            {
                "context": "log",
                "conditions": [f"{_STRUCTURE} and ({any_index('String(log.body)', marks)})"],
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


def lend() -> dict[str, object]:
    """Where a value is suspicious, show the attributes again and lend texts to them."""
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in CONTEXTS.items():
        result[SIGNAL_STATEMENTS[signal]] = [
            {
                "context": context,
                "conditions": [f"{seen(context, kind)} != nil" for kind in KINDS],
                "statements": [
                    *_show(context),
                    *(
                        f'set({lent(field)}, {field}) where {field} != ""'
                        for field in LOANS.get(context, ())
                    ),
                    *_lend_text(context),
                ],
            }
            for context in contexts
        ]
    return result


def _lend_text(context: str) -> list[str]:
    """A text body goes with the attributes, so that what is masked in it is counted as well."""
    return (
        [f"set({lent('log.body')}, log.body) where IsString(log.body)"] if context == "log" else []
    )


def _show(context: str) -> list[str]:
    if context in SHARED:
        return []
    attributes, everything = f"{context}.attributes", cached(context, "all")
    away = f'{attributes}["{AWAY[0]}"]'
    return [
        f"set({everything}, {away}) where {away} != nil",
        f'delete_key({attributes}, "{AWAY[0]}")',
        f'merge_maps({attributes}, {everything}, "upsert") where {everything} != nil',
    ]


def take_back() -> dict[str, object]:
    """Take everything back, and clear what the redaction processor leaves behind."""
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in CONTEXTS.items():
        result[SIGNAL_STATEMENTS[signal]] = [
            group for context in contexts for group in _take_back(context)
        ]
    return result


def _take_back(context: str) -> list[dict[str, object]]:
    attributes, everything = f"{context}.attributes", cached(context, "all")
    away, text = (f'{attributes}["{name}"]' for name in AWAY)
    body = [f"set(log.body, {text}) where {text} != nil"] if context == "log" else []
    statements = [
        f"set({field}, {lent(field)}) where {lent(field)} != nil"
        for field in LOANS.get(context, ())
    ]
    if context == "log":
        statements += [*body, f"set(log.body, {lent('log.body')}) where {lent('log.body')} != nil"]
    own = f"{LOAN}|{SEEN}|redaction.(?:body.|(?:ignored|allowed).count)".replace(".", r"\.")
    statements.append(f"delete_matching_keys({attributes}, {quoted(f'^(?:{own})')})")
    groups: list[dict[str, object]] = [
        {"context": context, "conditions": [f"{away} == nil"], "statements": statements}
    ]
    if context not in SHARED:
        back = [*body, f"set({everything}, {away})", f"set({attributes}, {everything})"]
        groups.append({"context": context, "conditions": [f"{away} != nil"], "statements": back})
    return groups
