"""Reads a policy file and says exactly what is wrong with a bad one."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import re2
import yaml

from otel_logging.redaction.detectors import TABLE
from otel_logging.redaction.gates import options
from otel_logging.redaction.keys import components, together
from otel_logging.redaction.lines import line_of
from otel_logging.redaction.policy import DEFAULT_FILE, Policy, PolicyError, Section

_S = TypeVar("_S", bound=Section)
_ANCHORED = (
    "has an anchor (^, $, \\A, \\z) or a class that the two layers read differently "
    "(\\C, \\p{Cn}): value rules search inside text; use \\b, or a key or path rule"
)
_ANCHOR = re.compile(r"(?:[^\\]|\A)(?:\\\\)*(?:\$|(?<!\[)\^|\\[AzC]|\\p\{Cn\})")


def load_policy(path: str | Path | None = None) -> Policy:
    """Read a policy; without a path, the one in the package.

    Raises:
        PolicyError: The file cannot be read, or it is no valid policy. The error names the
            file, the line and the rule.
    """
    file = Path(path) if path else DEFAULT_FILE
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(str(file), 0, "", f"cannot be read: {error}") from None
    return parse_policy(text, str(file))


def parse_policy(text: str, file: str = "policy") -> Policy:
    """Read a policy from YAML text.

    Raises:
        PolicyError: As `load_policy`.
    """
    try:
        return _policy(text, file)
    except RecursionError:
        reason = "is nested too deeply, or an alias stands for what it is in"
        raise PolicyError(file, 0, "", reason) from None


def _policy(text: str, file: str) -> Policy:
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "is no YAML"
        raise PolicyError(file, mark.line + 1 if mark else 0, "", f"YAML: {reason}") from None
    except ValueError as error:  # A scalar such as 2001-99-99, which only looks like a date.
        raise PolicyError(file, 0, "", f"YAML: {error}") from None
    _refuse_duplicates(node, file)
    try:
        for name, section in _services(data):
            _convert(section, Section, f"services.{name}.")
        policy = _convert(data, Policy, "")
    except _InvalidError as error:
        raise PolicyError(file, line_of(node, error.where), error.where, error.reason) from None
    for where, reason in _problems(policy):
        raise PolicyError(file, line_of(node, where), where, reason)
    return policy


class _InvalidError(Exception):
    """A part that its type refuses: where, and why."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(reason)
        self.where, self.reason = where, reason


def _services(data: Any) -> list[tuple[str, Any]]:
    """The services' sections, each read on its own so that an error names its service."""
    services = data.get("services") if isinstance(data, dict) else None
    return [*services.items()] if isinstance(services, dict) else []


def _convert(data: Any, kind: type[_S], prefix: str) -> _S:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        where = prefix + where.rstrip("`").lstrip(".")
        raise _InvalidError(where.rstrip("."), reason) from None


def _refuse_duplicates(node: yaml.Node | None, file: str) -> None:
    """YAML keeps the last of two equal keys silently; a policy must not lose a rule that way."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key.value, str):
                raise PolicyError(file, line, "", "a list or map cannot be a name here")
            if key.value in seen:
                raise PolicyError(file, line, key.value, "stands twice: merge the two")
            seen.add(key.value)
            _refuse_duplicates(value, file)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_duplicates(value, file)


def _problems(policy: Policy) -> Iterator[tuple[str, str]]:
    """What the types cannot say: where, and why."""
    yield from _section_problems(policy, "")
    for name, section in policy.services.items():
        yield from _section_problems(section, f"services.{name}.")


def _section_problems(section: Section, prefix: str) -> Iterator[tuple[str, str]]:
    for where, word in _each(section.keys, f"{prefix}keys"):
        if len(together(word)) < 2:
            yield where, "has no letters or digits"
    safe_paths = ((f"{prefix}safe.paths[{n}]", path) for n, path in enumerate(section.safe.paths))
    for where, path in (*_each(section.paths, f"{prefix}paths"), *safe_paths):
        if reason := _path_problem(path):
            yield where, reason
    for index, value_rule in enumerate(section.values):
        where = f"{prefix}values[{index}]"
        if value_rule.detector is None:
            yield from _pattern_problems(value_rule.name, value_rule.pattern, where)
        elif value_rule.detector not in TABLE:
            yield f"{where}.detector", f"no detector is named {value_rule.detector!r}"
        elif value_rule.pattern is not None or value_rule.name is not None:
            yield where, "takes either a detector, or a name and a pattern"


def _each(rules: list[Any], prefix: str) -> Iterator[tuple[str, str]]:
    """Every name or path that rules match, with its place in the file."""
    for index, rule in enumerate(rules):
        for position, text in enumerate(rule.match):
            yield f"{prefix}[{index}].match[{position}]", text


def _path_problem(path: str) -> str | None:
    parts = components(path)
    if not parts or parts[-1] == "**" or path.startswith("."):
        return "is no path: write names joined by dots, such as req.body.password or users[*].email"
    if re.search(r"\[(?!\*\])", path):
        return "a list position is written [*]: a path rule holds for every element"
    return None


def _pattern_problems(
    name: str | None, pattern: str | None, where: str
) -> Iterator[tuple[str, str]]:
    if not name or not pattern:
        yield where, "needs either detector, or name and pattern"
        return
    if name in TABLE:
        yield f"{where}.name", f"{name!r} is a built-in detector: choose another name"
    if _ANCHOR.search(pattern):
        yield f"{where}.pattern", _ANCHORED
    try:
        regexp = re2.compile(pattern.encode(), options())
    except re2.error as error:
        reason: Any = error.args[0] if error.args else "unknown"
        reason = reason.decode() if isinstance(reason, bytes) else reason
        yield f"{where}.pattern", f"is not RE2 syntax: {reason}"
        return
    if regexp.search(b"") is not None:
        yield f"{where}.pattern", "matches the empty string: it would match everywhere"
