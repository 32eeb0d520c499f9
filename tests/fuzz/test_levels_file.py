"""Whatever stands in a file of levels, it is levels or it is refused by file, line and reason."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from otel_logging.levels.file import LevelsFileError, read
from tests.fuzz.mutations import damaged

SAMPLE = b"""\
levels:
  - level: DEBUG
    logger: shop.orders
    service: gateway
    until: 2026-11-24T10:00:00Z
    who: mia
    why: a try
  - level: WARNING
"""
PIECES = [
    *(b"&a ", b"*a", b"? [a]\n: b\n", b"{", b"[", b"]", b"- ", b": ", b"2001-99-99", b"null"),
    *(b"LOUD", b"\x00", b"\xff", b"!!python/name:os.system", b"9" * 5000),
]


@given(damaged([SAMPLE], PIECES))
@example(b"levels: &a [*a]\n")
@example(b"levels: " + b"[" * 3000)
@example(b"levels:\n  - 2001-99-99\n")
@example(b"levels:\n  - ? [a]\n    : b\n")
def test_levels_or_a_reason(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Nothing but changes or a LevelsFileError comes of it: a service must not stop over it."""
    file = tmp_path_factory.getbasetemp() / "levels.yaml"
    file.write_bytes(data)
    try:
        for change in read(file):
            assert change.level
    except LevelsFileError as error:
        assert str(file) in str(error)
