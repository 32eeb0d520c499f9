"""Take one person out of what waits in a spool."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_logging import semconv
from otel_logging.bridge.parts import LOGS, SPANS, Levels
from otel_logging.bridge.spool import UNFINISHED, WAITING, pack, send_lock, unpack

_KINDS: Final[dict[str, tuple[type[Any], Levels]]] = {
    "logs": (ExportLogsServiceRequest, LOGS),
    "traces": (ExportTraceServiceRequest, SPANS),
}

SHORTEST_TEXT: Final = 8
"""From this length on an ID counts wherever it stands; a shorter one may be part of anything."""


def forget_in_spool(folder: Path, user_id: str) -> int:
    """Delete the records and spans of a person: by `user.id`, and by their ID anywhere.

    Processes may go on adding to the spool meanwhile. One that sends from it is waited for: what
    it sends reaches the store, from which the person is deleted next. What nobody sends because
    it is damaged, and what holds the ID beside its records and spans, goes as a whole.

    Returns:
        How many records and spans went; a file that went as a whole counts as one.

    Raises:
        OSError: The folder cannot be used.
    """
    with ExitStack() as held:
        for signal in _KINDS:
            held.enter_context(_locked(send_lock(folder, signal)))
        return sum(_forget(path, user_id) for path in sorted(folder.glob("*.*")) if path.is_file())


def _forget(path: Path, user_id: str) -> int:
    kind = _KINDS.get(path.name.partition("-")[0])
    request = unpack(path.read_bytes()) if path.suffix == WAITING else None
    if kind is None or request is None:
        return _drop(path, path.read_bytes(), user_id)
    message = kind[0].FromString(request)
    gone = _take_out(message, kind[1], user_id)
    rest: bytes = message.SerializeToString()
    if gone and not _drop(path, rest, user_id):
        fresh = path.with_suffix(UNFINISHED)
        with open(fresh, "xb", opener=_private) as file:
            file.write(pack(rest))
        fresh.replace(path)
    return gone or _drop(path, rest, user_id)


def _drop(path: Path, content: bytes, user_id: str) -> int:
    """Delete a file whose content names the person."""
    if len(user_id) < SHORTEST_TEXT or user_id.encode() not in content:
        return 0
    path.unlink(missing_ok=True)
    return 1


def _take_out(message: Any, levels: Levels, user_id: str) -> int:
    """Delete the records or spans that are of the person; how many."""
    *above, leaves = levels
    holders = [message]
    for level in above:
        holders = [inner for outer in holders for inner in getattr(outer, level)]
    gone = 0
    for holder in holders:
        found = getattr(holder, leaves)
        kept = [leaf for leaf in found if not _is_of(leaf, user_id)]
        gone += len(found) - len(kept)
        del found[:]
        found.extend(kept)
    return gone


def _is_of(leaf: Any, user_id: str) -> bool:
    if len(user_id) >= SHORTEST_TEXT and user_id.encode() in leaf.SerializeToString():
        return True
    own = (one.value.string_value for one in leaf.attributes if one.key == semconv.USER_ID)
    return user_id in set(own)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
