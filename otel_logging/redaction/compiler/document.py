"""Writes `collector/redaction.yaml`: the redaction processors and the `<signal>/in` pipelines."""

from typing import Any, Final

import yaml

from otel_logging.redaction.compiler import (
    key_patterns,
    loans,
    value_patterns,
    value_statements,
)
from otel_logging.redaction.compiler.json_patterns import json_rules
from otel_logging.redaction.compiler.key_forms import KeyForms
from otel_logging.redaction.compiler.look import look
from otel_logging.redaction.compiler.lookalikes import odd_letters
from otel_logging.redaction.compiler.ottl import KINDS, SEEN
from otel_logging.redaction.marks import WHOLE_GRAMMAR
from otel_logging.redaction.policy import Policy

_HEADER: Final = """\
# The redaction of the Collector, generated from the redaction policy of version {digest}.
# Do not edit it: change the policy and run `otel-logging policy compile`, which writes this file
# (`--policy FILE` for a policy that is not the packaged one, `--check` to see whether it is
# stale), or `otel-logging policy apply --pid PID`, which also has a running Collector read it.
#
# The second line of defence: what a process let through is masked here (`****`) and counted in
# the attribute redaction.masked.count. The three <signal>/in pipelines stand between every
# receiver and every exporter. Their stages:
#
#   transform/look       what may an item hold? If nothing, its attributes are put away
#   redaction/keys       masks values by their keys
#   transform/lend       where digits look like a number to mask, lends texts to the attributes
#   redaction/values     masks payment cards, in numeric attributes too
#   transform/values     masks every other secret in texts
#   transform/take_back  puts everything back
#
# collector/README.md says what it covers and what not, docs/performance.md what it costs.
"""
VERSION_ATTRIBUTE: Final = "otlog.policy.version"
"""Resource attribute of the Collector's own telemetry: the policy that it runs."""

_STAGES: Final = [
    "transform/look",
    "redaction/keys",
    "transform/lend",
    "redaction/values",
    "transform/values",
    "transform/take_back",
]

UUID: Final = r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
"""A whole value in the form of RFC 9562."""

FRACTION: Final = r"^-?[0-9]{1,8}\.[0-9]{9,}(?:e[+-]?[0-9]{1,3})?$"
"""A whole value that is a number with a long fraction, such as a duration in seconds."""


def compile_policy(policy: Policy) -> str:
    """The Collector configuration for a policy, as YAML text."""
    header = _HEADER.format(digest=policy.digest())
    return header + yaml.dump(
        _document(policy), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000
    )


def _document(policy: Policy) -> dict[str, Any]:
    section = policy.union()
    shared: dict[str, Any] = {
        "allow_all_keys": True,
        "redact_all_types": True,
        "ignored_keys": [*loans.AWAY, *(f"{SEEN}{kind}" for kind in ("pairs", *KINDS))],
    }
    marks = {"allowed_values": [f"^(?:{WHOLE_GRAMMAR})$"]}
    keys = _escaped(
        {
            **shared,
            "blocked_key_patterns": key_patterns.blocked(section),
            "ignored_key_patterns": key_patterns.ignored(section),
            **marks,
        }
    )
    # Sixteen digits of these can read as a card number; key rules mask them all the same.
    harmless = {"allowed_values": [*marks["allowed_values"], UUID, FRACTION]}
    values = _escaped({**shared, "blocked_values": value_patterns.numbers(section), **harmless})
    forms = KeyForms(
        odd_letters(),
        key_patterns.straddling(section),
        key_patterns.below_ignored(section),
        key_patterns.blocked(section),
        json_rules(section),
    )
    return {
        "processors": {
            "transform/look": look(section, forms),
            "redaction/keys": {**keys, "summary": "info"},
            "transform/lend": loans.lend(),
            "redaction/values": {**values, "summary": "info"},
            "transform/values": value_statements.values(section),
            "transform/take_back": loans.take_back(),
            "redaction/metric_keys": {**keys, "summary": "silent"},
            "redaction/metric_values": {**values, "summary": "silent"},
        },
        "service": {
            # Seen on the Collector's own metrics and log lines: which rules it runs.
            "telemetry": {"resource": {VERSION_ATTRIBUTE: _Quoted(policy.digest())}},
            "pipelines": {
                "logs/in": _pipeline(_STAGES, ["count/tripwire"]),
                "traces/in": _pipeline(_STAGES, ["count/tripwire", "spanmetrics", "servicegraph"]),
                "metrics/in": _pipeline(
                    [stage.replace("redaction/", "redaction/metric_") for stage in _STAGES]
                    + ["transform/tempo_names"],
                    [],
                ),
            },
        },
    }


def _pipeline(processors: list[str], others: list[str]) -> dict[str, Any]:
    return {
        "receivers": ["forward/received"],
        "processors": processors,
        "exporters": ["forward/redacted", *others],
    }


def _escaped(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with ``$`` doubled, which the Collector would expand otherwise."""
    return {
        name: [item.replace("$", "$$") for item in value] if isinstance(value, list) else value
        for name, value in settings.items()
    }


class _Quoted(str):
    """Text that YAML must not read as a number: ``12e456789012``."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes lists indented and shared lists once."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        """Lists and groups that two processors or signals share are written once."""
        return not data or isinstance(data, str | int | bool)


_Dumper.add_representer(
    _Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)
