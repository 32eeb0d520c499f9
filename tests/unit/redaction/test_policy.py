"""Policies: what is accepted, and what is said of the rest."""

import json

import jsonschema
import msgspec
import pytest
import yaml

from otel_logging.redaction import Engine, PolicyError, load_policy, parse_policy
from otel_logging.redaction.policy import DEFAULT_FILE, SCHEMA_FILE, json_schema

GOOD = """\
version: 1
profiles: [minimal]
keys:
  - name: password
    match: [password]
"""


@pytest.mark.parametrize(
    ("text", "line", "rule", "reason"),
    [
        ("version: 2\n", 1, "version", "Invalid"),
        ("version: 1\nkeys: {}\n", 2, "keys", "array"),
        (GOOD + "    action: erase\n", 6, "keys[0].action", "erase"),
        (GOOD + "    colour: red\n", 4, "keys[0]", "colour"),
        (GOOD + "  - name: x y\n    match: [ab]\n", 6, "keys[1].name", "regex"),
        (GOOD + "  - name: dots\n    match: ['..']\n", 7, "keys[1].match[0]", "letters"),
        (GOOD + "keys: []\n", 6, "keys", "twice"),
        (GOOD + "values:\n  - {detector: nothing}\n", 7, "values[0].detector", "nothing"),
        (GOOD + "values:\n  - {name: a, pattern: 'x('}\n", 7, "values[0].pattern", "RE2"),
        (GOOD + "values:\n  - {name: a, pattern: '(?=x)'}\n", 7, "values[0].pattern", "RE2"),
        (GOOD + "values:\n  - {name: a, pattern: 'x*'}\n", 7, "values[0].pattern", "empty"),
        (GOOD + "values:\n  - {name: a, pattern: '^x'}\n", 7, "values[0].pattern", "anchor"),
        (GOOD + "values:\n  - {name: jwt, pattern: 'x'}\n", 7, "values[0].name", "built-in"),
        (GOOD + "values:\n  - {pattern: 'x'}\n", 7, "values[0]", "needs"),
        (GOOD + "paths:\n  - {name: p, match: ['a[0].b']}\n", 7, "paths[0].match[0]", "[*]"),
        (GOOD + "services:\n  a:\n    keys:\n    - {name: x}\n", 9, "services", "match"),
        ("version: 1\n  bad: [\n", 2, "", "YAML"),
        ("", 0, "", "object"),
    ],
)
def test_errors_say_where_and_why(text, line, rule, reason):
    """File, line, rule and reason of what is wrong."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "policy.yaml")
    error = caught.value

    assert (error.file, error.line) == ("policy.yaml", line)
    assert error.rule.startswith(rule)
    assert reason in error.reason
    assert str(error).startswith(f"policy.yaml:{line}: ")


def test_missing_file(tmp_path):
    """A file that is not there is named."""
    with pytest.raises(PolicyError, match=r"none\.yaml"):
        load_policy(tmp_path / "none.yaml")


def test_schema_is_fresh():
    """The JSON Schema in the package is what the types say."""
    assert SCHEMA_FILE.read_bytes() == json_schema()


def test_default_policy_satisfies_the_schema():
    """Editors accept the policy in the package."""
    jsonschema.validate(yaml.safe_load(DEFAULT_FILE.read_text()), json.loads(json_schema()))


def test_version_follows_the_rules():
    """The digest changes with a rule, and only then."""
    first, same = parse_policy(GOOD), parse_policy("# a comment\n" + GOOD)
    other = parse_policy(GOOD.replace("[password]", "[password, pin]"))

    assert first.digest() == same.digest()
    assert first.digest() != other.digest()


def test_service_section():
    """A service's section adds rules, replaces those of the same name, and binds no other."""
    policy = load_policy()
    address = "mail bob@example.com"

    assert Engine(policy).text(address) == "mail ***MASKED***"
    assert Engine(policy, "auth-service").text(address) == "mail b***@example.com"
    assert Engine(policy, "gateway").text("reset_link=abc") == "reset_link=abc"
    assert Engine(policy, "auth-service").text("reset_link=abc") == "reset_link=***MASKED***"


def test_hash_needs_a_key(monkeypatch):
    """Without its key the hash action is refused; with one it is stable and shows nothing."""
    policy = parse_policy(GOOD + "    action: hash\n")
    monkeypatch.delenv("OTLOG_HASH_KEY", raising=False)
    with pytest.raises(PolicyError, match="OTLOG_HASH_KEY"):
        Engine(policy)
    monkeypatch.setenv("OTLOG_HASH_KEY", "k" * 16)
    first, again = (Engine(policy).attributes({"password": "x"})["password"] for _ in range(2))
    monkeypatch.setenv("OTLOG_HASH_KEY", "j" * 16)

    assert first == again
    assert first.startswith("***HMAC:")
    assert Engine(policy).attributes({"password": "x"})["password"] != first


def test_union_keeps_what_is_owed_to_others():
    """One service's safe-list does not weaken the Collector for the others."""
    policy = parse_policy(GOOD + "services:\n  a:\n    safe: {keys: [password]}\n")

    assert policy.union().safe.keys == []
    assert policy.section("a").safe.keys == ["password"]


def test_policy_is_immutable():
    """A policy in force cannot be changed."""
    with pytest.raises(AttributeError):
        load_policy().placeholder = "***OTHER***"
    assert isinstance(load_policy(), msgspec.Struct)
