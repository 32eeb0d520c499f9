"""OTTL statements that mask what value rules find in texts.

First a record's texts are joined and every gate is tried: almost always that is all. Only
a record in which a pattern matches is marked, and then rewritten.
"""

from typing import Final

from otel_logging.redaction.compiler.ottl import (
    CONTEXTS,
    LOAN,
    SIGNAL_STATEMENTS,
    any_index,
    quoted,
)
from otel_logging.redaction.compiler.value_patterns import Gate

_DIRTY: Final = f"{LOAN}dirty"
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


def values(gates: list[Gate]) -> dict[str, object]:
    """The processor's settings."""
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in CONTEXTS.items():
        result[SIGNAL_STATEMENTS[signal]] = [
            group for context in contexts for group in _context_groups(context, gates)
        ]
    return result


def _context_groups(context: str, gates: list[Gate]) -> list[dict[str, object]]:
    """Look, then rewrite what was marked."""
    dirty = f'{context}.attributes["{_DIRTY}"]'
    groups: list[dict[str, object]] = [
        {"context": context, "statements": _look(context, gates)},
        {
            "context": context,
            "conditions": [f"{dirty} != nil"],
            "statements": _rewrite(context, gates),
        },
    ]
    return groups


def _look(context: str, gates: list[Gate]) -> list[str]:
    text, lower = f'{context}.cache["text"]', f'{context}.cache["lower"]'
    dirty = f'{context}.attributes["{_DIRTY}"]'
    escaped = f"Index({text}, {quoted(chr(92))}) >= 0"
    statements = [f"set({text}, {_texts(context)})"]
    statements += [
        f"replace_pattern({text}, {quoted(pattern)}, {quoted(plain)}) where {escaped}"
        for pattern, plain in _UNESCAPED.items()
    ]
    if any(gate.words for gate in gates):
        words = next(gate.words for gate in gates if gate.words)
        delimited = any_index(text, ("=", ":", "-", ",", "</"))
        found = any_index(lower, words)
        statements += [
            f"set({lower}, ToLowerCase({text})) where {delimited}",
            f'set({context}.cache["word"], true) where {lower} != nil and ({found})',
        ]
    for gate in gates:
        tests = []
        if gate.words:
            tests.append(f'{context}.cache["word"] == true')
        if gate.literals:
            tests.append(f"({any_index(text, gate.literals)})")
        if gate.expression:
            tests.append(f"IsMatch({text}, {quoted(gate.expression)})")
        matches = " or ".join(f"IsMatch({text}, {quoted(each)})" for each in gate.patterns)
        tests.append(f"({matches})")
        statements.append(f"set({dirty}, true) where {' and '.join(tests)}")
    return statements


def _texts(context: str) -> str:
    """A record's texts as one."""
    values = f"String(Values({context}.attributes))"
    return f'Concat([{values}, String(log.body)], "\\n")' if context == "log" else values


def _rewrite(context: str, gates: list[Gate]) -> list[str]:
    attributes, before = f"{context}.attributes", f'{context}.cache["before"]'
    patterns = [pattern for gate in gates for pattern in gate.patterns]
    statements = [
        f'delete_key({attributes}, "{_DIRTY}")',
        f"set({before}, {_texts(context)})",
        f'flatten({attributes}) where IsMatch({before}, "\\\\[.*\\\\[")',
    ]
    statements += [
        f'replace_all_patterns({attributes}, "value", {quoted(pattern)}, "****")'
        for pattern in patterns
    ]
    if context == "log":
        statements += _rewrite_body(patterns)
    if context != "datapoint":
        count = f'{attributes}["redaction.masked.count"]'
        statements.append(f"set({count}, 1) where {before} != {_texts(context)} and {count} == nil")
    return statements


def _rewrite_body(patterns: list[str]) -> list[str]:
    """Text is rewritten in place; of a structure, a flat copy takes its place if it differs."""
    flat = 'log.cache["body"]'
    statements = [
        f'replace_pattern(log.body, {quoted(pattern)}, "****") where IsString(log.body)'
        for pattern in patterns
    ]
    statements += [
        f'set({flat}, ParseJSON("{{}}"))',
        f'set({flat}["list"], log.body) where IsList(log.body)',
        f"set({flat}, log.body) where IsMap(log.body)",
        f"flatten({flat})",
        f'set(log.cache["as it was"], String({flat}))',
    ]
    statements += [
        f'replace_all_patterns({flat}, "value", {quoted(pattern)}, "****")' for pattern in patterns
    ]
    changed = f'String({flat}) != log.cache["as it was"]'
    statements.append(f"set(log.body, {flat}) where not IsString(log.body) and {changed}")
    return statements
