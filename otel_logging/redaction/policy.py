"""The redaction policy: the single source of truth for both layers, typed.

A policy is YAML; `load_policy` reads it. The types here are its schema: the JSON Schema
for editors (`policy.schema.json`) is generated from them.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from otel_logging.redaction.marks import PLACEHOLDER, PLACEHOLDER_GRAMMAR

Action = Annotated[
    Literal["mask", "partial", "hash", "drop"],
    Meta(
        description="mask: the placeholder; partial: shows a little (b***@example.com, ***1111); "
        "hash: a keyed hash; drop: removes the field, or the text that was found."
    ),
]
Profile = Annotated[
    Literal["strict", "default", "minimal", "payment", "korean"],
    Meta(description="A named set of built-in detectors."),
]
_Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,62}$", description="Names the rule.")]
_Words = Annotated[
    list[Annotated[str, Meta(min_length=2, max_length=80)]],
    Meta(
        min_length=1,
        description="Key names as words. 'api key' also means api_key, apiKey, API-KEY, apikey, "
        "and matches inside longer keys, but whole segments only.",
    ),
]


class PolicyError(Exception):
    """A policy that cannot be used.

    Attributes:
        file: The file that holds it.
        line: Line in that file, counted from 1; 0 when the whole file is meant.
        rule: The rule that is wrong, as a path in the file (``keys[2].action``).
        reason: What is wrong and what to do.
    """

    def __init__(self, file: str, line: int, rule: str, reason: str) -> None:
        self.file, self.line, self.rule, self.reason = file, line, rule, reason
        super().__init__(f"{file}:{line}: {rule or 'policy'}: {reason}")


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the policy file: immutable, unknown fields refused."""


class KeyRule(_Part, frozen=True, kw_only=True):
    """Redacts every value whose key contains one of the names, whatever the spelling."""

    name: _Name
    match: _Words
    action: Action = "mask"
    text: Annotated[
        bool, Meta(description="Also look for name=value and name: value inside text.")
    ] = True


class PathRule(_Part, frozen=True, kw_only=True):
    """Redacts the values at the given paths of attributes and structured bodies."""

    name: _Name
    match: Annotated[
        list[str],
        Meta(
            min_length=1,
            description="Paths from the root: req.body.password, users[*].email; * is one "
            "component, ** any number. A dot in a key and nesting are the same.",
        ),
    ]
    action: Action = "mask"


class ValueRule(_Part, frozen=True, kw_only=True):
    """Redacts what a pattern finds inside text: a built-in detector, or a pattern of your own."""

    detector: Annotated[str | None, Meta(description="Name of a built-in detector.")] = None
    name: _Name | None = None
    pattern: Annotated[
        str | None,
        Meta(description="RE2 syntax; the group named 'secret', if any, is what is redacted."),
    ] = None
    action: Action = "mask"
    enabled: Annotated[bool, Meta(description="false switches a detector of the profile off.")] = (
        True
    )


class Safe(_Part, frozen=True, kw_only=True):
    """What the key and path rules leave alone. Value rules still apply there."""

    keys: Annotated[list[str], Meta(description="Whole attribute names, such as token.type.")] = []
    suffixes: Annotated[
        list[str],
        Meta(description="Last words that make a name harmless: 'count' makes token_count safe."),
    ] = []
    paths: Annotated[list[str], Meta(description="Paths, in the syntax of path rules.")] = []


class Section(_Part, frozen=True, kw_only=True):
    """Rules added for one service. A rule that has a name already in use replaces that rule."""

    profiles: list[Profile] = []
    keys: list[KeyRule] = []
    paths: list[PathRule] = []
    values: list[ValueRule] = []
    safe: Safe = Safe()


class Policy(Section, frozen=True, kw_only=True):
    """A whole policy file."""

    version: Annotated[Literal[1], Meta(description="Version of this file format.")]
    placeholder: Annotated[str, Meta(pattern=f"^{PLACEHOLDER_GRAMMAR}$")] = PLACEHOLDER
    hash_key_variable: Annotated[
        str, Meta(description="Environment variable with the key of the hash action (16 bytes up).")
    ] = "OTLOG_HASH_KEY"
    services: Annotated[dict[str, Section], Meta(description="Sections by service.name.")] = {}

    def section(self, service: str | None) -> Section:
        """The rules that apply to ``service``: the general ones and its own."""
        own = self.services.get(service or "", Section())
        return _merge(self, own)

    def union(self) -> Section:
        """The rules of every service together, as the Collector needs them.

        A service's safe-list does not weaken what the others are owed.
        """
        merged: Section = _merge(self, Section())
        for own in self.services.values():
            merged = _merge(merged, msgspec.structs.replace(own, safe=Safe()))
        return merged

    def digest(self) -> str:
        """Twelve hexadecimal digits that change whenever a rule does."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:12]


def _merge(base: Section, own: Section) -> Section:
    """``base`` with the rules of ``own`` added; same name replaces."""
    return Section(
        profiles=[*dict.fromkeys([*base.profiles, *own.profiles])],
        keys=[*({rule.name: rule for rule in [*base.keys, *own.keys]}).values()],
        paths=[*({rule.name: rule for rule in [*base.paths, *own.paths]}).values()],
        values=[*({value_name(rule): rule for rule in [*base.values, *own.values]}).values()],
        safe=Safe(
            keys=[*base.safe.keys, *own.safe.keys],
            suffixes=[*base.safe.suffixes, *own.safe.suffixes],
            paths=[*base.safe.paths, *own.safe.paths],
        ),
    )


def value_name(rule: ValueRule) -> str:
    """The name under which a value rule is known."""
    return rule.detector or rule.name or ""


def json_schema() -> bytes:
    """The JSON Schema (2020-12) of a policy file, for editors."""
    schema = msgspec.json.schema(Policy)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return msgspec.json.format(msgspec.json.encode(schema, order="deterministic"), indent=2) + b"\n"


DEFAULT_FILE = Path(__file__).with_name("default.yaml")
"""The policy in the package."""

SCHEMA_FILE = Path(__file__).with_name("policy.schema.json")
"""The generated JSON Schema."""
