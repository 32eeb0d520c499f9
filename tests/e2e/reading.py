"""Reading a stack's store until it has what a test waits for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from stack.native import NativeStack

T = TypeVar("T")
DEADLINE = 120.0


def records(stack: NativeStack, **query: str) -> list[dict[str, Any]]:
    """The records that match, each once."""
    answer = httpx.get(
        f"{stack.store.http}/api/logs", params={"limit": "10000", **query}, timeout=60
    )
    answer.raise_for_status()
    return list({record["uid"]: record for record in answer.json()["records"]}.values())


def until(read: Callable[[], T], holds: Callable[[T], bool]) -> T:
    """What is read, once it holds, or at the deadline as it is then."""
    deadline = time.monotonic() + DEADLINE
    while not holds(value := read()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return value
