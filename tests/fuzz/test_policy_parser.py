"""Whatever stands in a policy file, it is a policy or it is refused by file, line and reason."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_logging.redaction import PolicyError
from otel_logging.redaction.load import load_policy, parse_policy
from otel_logging.redaction.policy import DEFAULT_FILE, Policy
from tests.fuzz.mutations import damaged

SMALL = b"""\
version: 1
profile: default
keys:
  - match: [password, token]
    action: mask
paths:
  - match: ["req.body.password", "users[*].email"]
values:
  - detector: email
  - name: order
    pattern: 'ord-[0-9]{6}'
safe:
  keys: [token_type]
services:
  auth-service:
    keys:
      - match: [answer]
"""
PIECES = [
    *(b"&a ", b"*a", b"? [a]: b\n", b"!!python/object:os.system x", b"!!timestamp 2001-99-99"),
    *(b"<<: *a\n", b"{", b"}", b"[", b"]", b"- ", b": ", b"\t", b"---\n", b"...\n", b"|\n", b"'"),
    *(b"2001-99-99", b"0x", b"1_", b"1:61", b".inf", b"null", b"%YAML 9.9\n", b"\xef\xbb\xbf"),
    *("ｐassword".encode(), "\u2028".encode(), b"\x00", b"\xff", b"(((", b"\\C", b"{1000}{1000}"),
]


@given(damaged([SMALL, DEFAULT_FILE.read_bytes()], PIECES))
@example(b"? [a]\n: b\n")
@example(b"a: &a [*a]\n")
@example(b"keys: 2001-99-99\n")
@example(b"[" * 3000)
@example(b"a: " + b"{a: " * 3000)
def test_a_policy_or_a_reason(data: bytes) -> None:
    """Nothing but a policy or a PolicyError that names the file comes of it."""
    text = data.decode("utf-8", errors="replace")
    try:
        policy = parse_policy(text, "policy.yaml")
    except PolicyError as error:
        assert error.file == "policy.yaml"
        assert error.reason
        assert 0 <= error.line <= len(text.splitlines()) + 1
    else:
        assert isinstance(policy, Policy)


@given(st.binary(max_size=200))
def test_a_file_of_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Bytes that are no text are refused as a file that cannot be read."""
    file = tmp_path_factory.getbasetemp() / "policy.yaml"
    file.write_bytes(data)
    try:
        load_policy(file)
    except PolicyError as error:
        assert error.file == str(file)
