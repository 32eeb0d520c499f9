"""Key names: one normal form for every spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_logging.redaction.keys import components, segments, together
from otel_logging.redaction.policy import KeyRule, PathRule, Safe, Section
from otel_logging.redaction.rules import Rules

RULES = Rules(
    Section(
        keys=[KeyRule(name="password", match=["password"]), KeyRule(name="api", match=["api key"])],
        paths=[
            PathRule(name="mail", match=["users[*].email", "req.*.secretish"], action="partial"),
            PathRule(name="deep", match=["**.hidden"], action="drop"),
        ],
        safe=Safe(
            keys=["auth.password.type"], suffixes=["policy", "changed at"], paths=["ok.password"]
        ),
    )
)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("userPassword", ["user", "password"]),
        ("X-Api-KeyID", ["x", "api", "key", "id"]),
        ("XMLPassword2", ["xml", "password", "2"]),
        ("ＰＡＳＳ_word", ["pass", "word"]),
        ("pass\u200bword", ["password"]),
        ("p\u0430ssword", ["password"]),
        ("비밀번호", ["비밀번호"]),
    ],
)
def test_segments(key, expected):
    """Separators, humps, digits, width, invisible and look-alike characters are understood."""
    assert segments(key) == expected


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "PASSWORD",
        "userPassword",
        "user-password",
        "pass_word",
        "password2",
        "db.password.value",
        "ｐａｓｓｗｏｒｄ",
        "api.key",
        "apiKey",
        "apikey",
        "API-KEY",
        "x-api-key",
    ],
)
def test_every_spelling_is_redacted(key):
    """However a key is written, the rule holds."""
    decision = RULES.decide(key)

    assert decision is not None
    assert decision.kind == "key"


@pytest.mark.parametrize(
    "key",
    [
        "passwordless",
        "compass",
        "api",
        "key",
        "rapid keyboard",
        "password_policy",
        "passwordPolicy",
        "password_changed_at",
        "auth.password.type",
        "ok.password",
    ],
)
def test_other_keys_stay(key):
    """Parts of words, safe names, safe suffixes and safe paths are left alone."""
    assert RULES.decide(key) is None


def test_a_suffix_is_safe_only_inside_a_name():
    """What lies below a secret is secret: password.policy may be a map's field."""
    assert RULES.decide("password.policy") is not None


@pytest.mark.parametrize(
    "path", ["users[0].email", "users.3.eMail", "users[].email", "req.x.secretish"]
)
def test_paths(path):
    """A path rule holds for every position and for both ways to write it."""
    decision = RULES.decide(path)

    assert decision is not None
    assert (decision.kind, decision.action) == ("path", "partial")


@pytest.mark.parametrize("path", ["email", "users.email", "a.users[0].email", "req.x.y.secretish"])
def test_paths_start_at_the_root(path):
    """A path rule holds at its place only."""
    assert RULES.decide(path) is None


@pytest.mark.parametrize("path", ["a.hidden", "a.b[2].hidden"])
def test_any_number_of_components(path):
    """Two stars stand for any number of components."""
    decision = RULES.decide(path)

    assert decision is not None
    assert decision.action == "drop"


@given(st.sampled_from(["password", "api key"]), st.text("_-. ", min_size=1, max_size=3))
def test_any_separator(word, separator):
    """Whatever separates a name's words, it stays that name."""
    key = separator.join(word.split())

    assert together(key) == together(word)
    assert RULES.decide(f"x{separator}{key}") is not None


@given(st.text(max_size=80))
def test_any_text_is_a_key(text):
    """No key breaks the rules."""
    RULES.decide(text)
    components(text)
