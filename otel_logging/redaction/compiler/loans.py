"""What one processor puts away or lends to another, and how all of it is taken back.

Texts beside the attributes are lent as attributes, so that they meet the same patterns, and are
counted, like everything else. Attributes in which nothing is to be masked are put away whole,
under a name that the redaction processors ignore.
"""

from typing import Final

from otel_logging.redaction.compiler.ottl import (
    CONTEXTS,
    LOAN,
    SEEN,
    SHARED,
    SIGNAL_STATEMENTS,
    cached,
    lent,
    quoted,
    seen,
)

LOANS: Final = {
    "log": ("log.event_name", "log.severity_text"),
    "span": ("span.name", "span.status.message", "span.trace_state"),
    "spanevent": ("spanevent.name",),
    "scope": ("scope.name",),
}
"""The texts beside the attributes, by context."""

AWAY: Final = (f"{LOAN}attributes", f"{LOAN}text")
"""The attributes under which attributes and a text body are put away."""


def lend() -> dict[str, object]:
    """Where digits are suspicious, show everything to the redaction processor as attributes."""
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in CONTEXTS.items():
        result[SIGNAL_STATEMENTS[signal]] = [
            {
                "context": context,
                "conditions": [f"{seen(context, 'numbers')} != nil"],
                "statements": show(context),
            }
            for context in contexts
        ]
    return result


def show(context: str) -> list[str]:
    """Statements that take attributes back and lend texts to them; twice is the same as once."""
    fields = LOANS.get(context, ())
    texts = [
        f'set({lent(field)}, {field}) where {field} != "" and {lent(field)} == nil'
        for field in fields
    ]
    if context == "log":
        # A text body goes with the attributes, so that what is masked in it is counted as well.
        body = lent("log.body")
        texts.append(f"set({body}, log.body) where IsString(log.body) and {body} == nil")
    if context in SHARED:
        return texts
    attributes, everything = f"{context}.attributes", cached(context, "all")
    away = f'{attributes}["{AWAY[0]}"]'
    return [
        f"set({everything}, {away}) where {away} != nil",
        f'delete_key({attributes}, "{AWAY[0]}")',
        f'merge_maps({attributes}, {everything}, "upsert") where {everything} != nil',
        *texts,
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
