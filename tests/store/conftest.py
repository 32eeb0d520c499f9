"""A real store process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from stack.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a running store on an empty folder."""
    with Store(tmp_path) as found:
        yield found


@pytest.fixture
def client(store: Store) -> Iterator[httpx.Client]:
    """Return a client of the running store."""
    with httpx.Client(base_url=store.http, timeout=60) as found:
        yield found
