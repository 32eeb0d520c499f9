"""The first stage: what may an item hold? Almost every item holds nothing, and is put away.

Of the others, keys are brought to a form that plain patterns meet (`key_forms`).
"""

from typing import Final

from otel_logging.redaction.compiler import gates
from otel_logging.redaction.compiler.conditions import ottl
from otel_logging.redaction.compiler.key_forms import KeyForms, of_attributes, of_body
from otel_logging.redaction.compiler.loans import AWAY, LOANS
from otel_logging.redaction.compiler.ottl import (
    CONTEXTS,
    KINDS,
    SHARED,
    SIGNAL_STATEMENTS,
    STRUCTURE,
    any_index,
    cached,
    quoted,
    seen,
)
from otel_logging.redaction.policy import Section

_FOREIGN: Final = r"^(?:redaction|otlog\.(?:loan|seen))\."
"""Keys that a sender writes like ours: they would be taken for our own."""

_PAIR_KEYS: Final = '"(?:value|val|content|data|text|v)"'
"""Keys of a value of which another attribute may be the name."""

_BETWEEN: Final = '","'
"""Stands between two keys."""

_UNESCAPED: Final = {
    r"\\u003c": "<",
    r"\\u003e": ">",
    r"\\u0026": "&",
    r"\\t": "\t",
    r"\\[rn]": "\n",
    r"\\([\"\\])": "${1}",
}


def look(section: Section, forms: KeyForms) -> dict[str, object]:
    """The processor's settings."""
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
            groups += of_attributes(context, forms)
        if signal == "logs":
            groups += of_body(forms)
        result[SIGNAL_STATEMENTS[signal]] = groups
    return result


def _look(section: Section, forms: KeyForms, context: str) -> list[str]:
    """Find out what an item may hold, and put its attributes away if no key is suspicious."""
    named = cached(context, "named")
    found = {kind: ottl(each, context) for kind, each in gates.kinds(section).items()}
    if "words" in found:
        found["words"] = f"{named} == true and {found['words']}"
    return [
        *_texts(forms, context),
        *_all(section, context),
        f"set({named}, true) where {ottl(gates.named(section), context)}",
        *(f"set({cached(context, kind)}, true) where {here}" for kind, here in found.items()),
        *_put_away(section, context),
        *(
            f"set({seen(context, kind)}, true) where {cached(context, kind)} == true"
            for kind in ("pairs", *KINDS)
        ),
    ]


def _texts(forms: KeyForms, context: str) -> list[str]:
    """An item's keys as one text, and its values as another, also in lower case.

    A value is searched as JSON, which may hide something behind an escape, and as it is written.
    """
    attributes = f"{context}.attributes"
    text, lower, names = (cached(context, name) for name in ("text", "lower", "names"))
    pairs, nested, plain = (cached(context, name) for name in ("pairs", "nested", "plain"))
    keys, values = f"String(Keys({attributes}))", f"String(Values({attributes}))"
    others = [f"String({field})" for field in LOANS.get(context, ())]
    if context == "log":
        others.append("String(log.body)")
    statements = [f"set({text}, {values})", f"set({names}, {keys})"]
    if forms.pairs and context not in SHARED:
        marks = sorted({mark for rule in forms.pairs for mark in rule.marks})
        apart = f"({_structured(text)}) and ({any_index(text, marks)})"
        apart = f"IsMatch({names}, {quoted(_PAIR_KEYS)}) or ({apart})"
        statements.append(f"set({pairs}, true) where {apart}")
    statements += [
        f"set({nested}, true) where {pairs} == nil and ({_nested(text)})",
        f"flatten({attributes}) where {nested} == true",
        f"set({text}, {values}) where {nested} == true",
        f"set({names}, {keys}) where {nested} == true",
        f"delete_matching_keys({attributes}, {quoted(_FOREIGN)}) where "
        + any_index(names, ('"redaction.', '"otlog.')),
    ]
    if others:
        statements.append(f'set({text}, Concat([{", ".join([text, *others])}], "\\n"))')
    backslash = f"Index({text}, {quoted(chr(92))}) >= 0"
    return [
        *statements,
        f"set({plain}, {text}) where {backslash}",
        *(
            f"replace_pattern({plain}, {quoted(pattern)}, {quoted(written)}) where {plain} != nil"
            for pattern, written in _UNESCAPED.items()
        ),
        f'set({text}, Concat([{text}, {plain}], "\\n")) where {plain} != nil',
        f"set({lower}, ToLowerCase({text}))",
        # The long s, which Go takes for an s where case is no matter, has no other lower case.
        f'replace_pattern({lower}, "\u017f", "s")',
    ]


def _all(section: Section, context: str) -> list[str]:
    """The values and, written together between zeros, the keys as one text in lower case."""
    names, joined, lower, everything = (
        cached(context, name) for name in ("names", "together", "lower", "all")
    )
    if context in SHARED:
        return [f"set({everything}, {lower})"]
    own = gates.own_keys(section)
    return [
        f"set({joined}, {names})",
        f'replace_pattern({joined}, {quoted(_BETWEEN)}, "00")',
        f'set({joined}, Concat(["0", ToLowerCase(ToCamelCase({joined})), "0"], ""))',
        *([f'replace_pattern({joined}, {quoted(own)}, "")'] if own else []),
        f'set({everything}, Concat([{lower}, {joined}], "\n"))',
    ]


def _structured(text: str) -> str:
    """A map or a list is among the values."""
    return any_index(text, ("[{", ",{", "[[", ",["))


def _nested(text: str) -> str:
    """A map stands inside, or a list whose JSON form needs escapes."""
    escaped = f"({any_index(text, ('[[', ',['))}) and Index({text}, {quoted(chr(92))}) >= 0"
    return f"{any_index(text, (':{', '[{', ',{'))} or ({escaped})"


def _put_away(section: Section, context: str) -> list[str]:
    """Put the attributes away unless a key is suspicious, and a text unless a value is."""
    if context in SHARED:
        return []
    attributes = f"{context}.attributes"
    away, text = (f'{attributes}["{name}"]' for name in AWAY)
    names, everything, named = (cached(context, each) for each in ("names", "whole", "named"))
    suspicious = [
        f"{cached(context, 'pairs')} == true",
        # What is beyond ASCII is written with a backslash.
        f'Index(ToLowerCase(Format("%+q", [{names}])), "\\\\u") >= 0',
        f"({named} == true and {ottl(gates.suspicious_key(section), context)})",
    ]
    if context == "log":
        suspicious.append(STRUCTURE)
    keys = cached(context, "keys")
    statements = [
        f"set({keys}, true) where {' or '.join(suspicious)}",
        f"set({everything}, {attributes}) where {keys} == nil",
        f'keep_keys({attributes}, ["{AWAY[0]}"]) where {keys} == nil',
        f"set({away}, {everything}) where {keys} == nil",
    ]
    if context == "log":
        # Where pairs are looked for, what is on loan is deleted: it may be a nested key.
        nothing = " and ".join(f"{cached(context, kind)} == nil" for kind in ("pairs", *KINDS))
        statements += [
            f"set({text}, log.body) where IsString(log.body) and {nothing}",
            f'set(log.body, "") where {text} != nil',
        ]
    return statements
