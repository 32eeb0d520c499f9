"""Stack traces of one's own frames only, for where space is dear."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Iterator
from types import TracebackType

_LIBRARIES = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


def compact_stack(error: BaseException) -> str:
    """The frames of an exception, and of its causes, that are no library's.

    One line for each frame, the innermost last, then type and message; a cause comes before what
    it led to, as in Python's own traces.
    """
    return "\n".join(_lines(error, set()))


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _lines(cause, seen)
        yield "led to"
    yield from _frames(error.__traceback__)
    yield from (line.rstrip("\n") for line in traceback.format_exception_only(error))


def _frames(stack: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(stack):
        if not frame.filename.startswith(_LIBRARIES):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
