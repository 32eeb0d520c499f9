"""The document of faults names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_that_is_named_exists():
    """A row without its test would be a claim."""
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", (ROOT / "docs/faults.md").read_text())
    missing = [
        f"{path}::{name}"
        for path, name in named
        if f"def {name}(" not in (ROOT / "tests" / path).read_text()
    ]

    assert len(named) > 40
    assert missing == []
