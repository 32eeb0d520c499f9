"""OTTL statements around the redaction processor: what it does not reach is brought to it.

Names and status texts are lent to it as attributes and taken back afterwards, so that they
meet the same patterns, and are counted, like everything else.
"""

from typing import Final

LOAN: Final = "otlog.loan."
"""Prefix of the attributes under which texts are lent to the redaction processor."""

_LOANS: Final = {
    "log": ("log.event_name", "log.severity_text"),
    "span": ("span.name", "span.status.message", "span.trace_state"),
    "spanevent": ("spanevent.name",),
    "scope": ("scope.name",),
}
_CONTEXTS: Final = {
    "logs": ("resource", "scope", "log"),
    "traces": ("resource", "scope", "span", "spanevent"),
    "metrics": ("resource", "scope", "datapoint"),
}
_SIGNAL_STATEMENTS: Final = {
    "logs": "log_statements",
    "traces": "trace_statements",
    "metrics": "metric_statements",
}
_ODD_KEYS: Final = (
    "[\\x{131}\\x{261}\\x{391}-\\x{3a9}\\x{3b1}-\\x{3c9}\\x{401}-\\x{45f}\\x{501}\\x{51b}\\x{461}"
    "\\x{ff10}-\\x{ff5a}\\x{1d400}-\\x{1d7ff}]"
)
"""Where letters stand that read as others: the gate of the renaming."""

_LEFT_BEHIND: Final = (
    "redaction.ignored.count",
    "redaction.allowed.count",
    "redaction.body.ignored.count",
    "redaction.body.allowed.count",
)


def flatten(odd_letters: dict[str, str], straddling: str) -> dict[str, object]:
    """Bring nested attributes to one level, and keys in odd letters to plain ones.

    Args:
        odd_letters: For each plain letter, a pattern of its look-alikes.
        straddling: Pattern of flattened keys that only together are a name to redact.
    """
    odd = _ODD_KEYS
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in _CONTEXTS.items():
        groups = [_flatten_context(context, odd, odd_letters) for context in contexts]
        if signal == "logs":
            groups.append(_flatten_body(odd, odd_letters, straddling))
        result[_SIGNAL_STATEMENTS[signal]] = [group for pair in groups for group in pair]
    return result


def _flatten_context(
    context: str, odd: str, odd_letters: dict[str, str]
) -> list[dict[str, object]]:
    """Flatten where a map stands inside; the keys of what is not shared are made plain too."""
    attributes = f"{context}.attributes"
    json = f'{context}.cache["json"]'
    nested = " or ".join(f"Index({json}, {_quoted(mark)}) >= 0" for mark in (":{", "[{", ",{"))
    flat: dict[str, object] = {
        "context": context,
        "statements": [
            f"set({json}, String({attributes}))",
            f"flatten({attributes}) where {nested}",
        ],
    }
    return (
        [flat]
        if context in {"resource", "scope"}
        else [flat, _plain_keys(context, attributes, odd, odd_letters)]
    )


def _plain_keys(
    context: str, target: str, odd: str, odd_letters: dict[str, str]
) -> dict[str, object]:
    """Rename keys in odd letters, where there are any."""
    kind = "" if target.endswith("attributes") else f"IsMap({target}) and "
    return {
        "context": context,
        "conditions": [f"{kind}IsMatch(String(Keys({target})), {_quoted(odd)})"],
        "statements": [
            f'replace_all_patterns({target}, "key", {_quoted(pattern)}, "{letter}")'
            for letter, pattern in odd_letters.items()
        ],
    }


def _flatten_body(
    odd: str, odd_letters: dict[str, str], straddling: str
) -> list[dict[str, object]]:
    """A structured body keeps its shape unless only its flat keys show what must go."""
    flat = 'log.cache["flat"]'
    keys = f'log.cache["keys"]'
    return [
        {
            "context": "log",
            "conditions": ["IsMap(log.body)"],
            "statements": [
                f"set({flat}, log.body)",
                f"flatten({flat})",
                f"set({keys}, String(Keys({flat})))",
                f"set(log.body, {flat}) where IsMatch({keys}, {_quoted(straddling)}) "
                f"or IsMatch({keys}, {_quoted(odd)})",
            ],
        },
        _plain_keys("log", "log.body", odd, odd_letters),
    ]


def lend() -> dict[str, object]:
    """Lend names and status texts as attributes; forget marks inside structured bodies."""
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in _CONTEXTS.items():
        statements = [
            f'set({context}.attributes["{_loan(field)}"], {field}) where {field} != ""'
            for context in contexts
            for field in _LOANS.get(context, ())
        ]
        if signal == "logs":
            statements.append('delete_key(log.attributes, "redaction.body.masked.count")')
        if signal == "metrics":
            statements.append('set(datapoint.attributes["otlog.loan.metric"], metric.name)')
        result[_SIGNAL_STATEMENTS[signal]] = statements
    return result


def take_back() -> dict[str, object]:
    """Take the loans back, and clear what the redaction processor leaves behind."""
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in _CONTEXTS.items():
        statements: list[str] = []
        for context in contexts:
            for field in _LOANS.get(context, ()):
                loan = f'{context}.attributes["{_loan(field)}"]'
                statements += [
                    f"set({field}, {loan}) where {loan} != nil",
                    f'delete_key({context}.attributes, "{_loan(field)}")',
                ]
            statements += [f'delete_key({context}.attributes, "{key}")' for key in _LEFT_BEHIND]
        result[_SIGNAL_STATEMENTS[signal]] = statements
    return result


def _loan(field: str) -> str:
    return LOAN + field.partition(".")[2]


def _quoted(text: str) -> str:
    """An OTTL string; ``$`` is doubled for the Collector's configuration."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'
