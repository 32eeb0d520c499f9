"""Exceptions as the attributes of OpenTelemetry's semantic conventions."""

from __future__ import annotations

import traceback
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from otel_logging import semconv
from otel_logging.bridge.values import cap_text, safe_str

if TYPE_CHECKING:
    from types import TracebackType

ExcInfo = tuple[type[BaseException], BaseException, "TracebackType | None"]


class CapturedException:
    """An exception read in the thread that caught it; the costly text is made later.

    It holds no frame and no local variable, so that nothing the application wants to free
    stays alive while the record waits.
    """

    __slots__ = ("_summary", "message", "type")

    def __init__(self, error: BaseException, stack: TracebackType | None) -> None:
        kind = type(error)
        self.type = (
            kind.__qualname__
            if kind.__module__ == "builtins"
            else f"{kind.__module__}.{kind.__qualname__}"
        )
        self.message = cap_text(safe_str(error))
        self._summary = traceback.TracebackException(
            kind, error, stack, lookup_lines=False, compact=True
        )

    def attributes(self) -> dict[str, Any]:
        """Return type, message and stack trace with causes, contexts and groups.

        Source: OpenTelemetry semantic conventions, "Exceptions in logs".
        """
        try:
            _remember_frames(self._summary)
            stacktrace = cap_text("".join(self._summary.format()))
        except Exception as error:  # noqa: BLE001 - sources may vanish, notes may be anything
            stacktrace = f"{self.type}: {self.message}\n<stack trace unreadable: {error!r}>"
        return {
            semconv.EXCEPTION_TYPE: self.type,
            semconv.EXCEPTION_MESSAGE: self.message,
            semconv.EXCEPTION_STACKTRACE: stacktrace,
        }


class _RememberedStack(traceback.StackSummary):
    """A stack whose frames are formatted once for each place in the code: what a trace costs."""

    def format_frame_summary(self, frame_summary: traceback.FrameSummary, **_: Any) -> str:
        """Return the lines of a frame: where it is, and the source with its marks."""
        return _frame(
            frame_summary.filename,
            frame_summary.name,
            frame_summary.lineno,
            frame_summary.end_lineno,
            frame_summary.colno,
            frame_summary.end_colno,
        )


@lru_cache(maxsize=2048)
def _frame(
    filename: str,
    name: str,
    lineno: int | None,
    end_lineno: int | None,
    colno: int | None,
    end_colno: int | None,
) -> str:
    frame = traceback.FrameSummary(
        filename,
        lineno,
        name,
        lookup_line=False,
        end_lineno=end_lineno,
        colno=colno,
        end_colno=end_colno,
    )
    return traceback.StackSummary().format_frame_summary(frame)


def _remember_frames(summary: traceback.TracebackException) -> None:
    """Use remembered frames in a summary and in all that it leads to."""
    waiting = [summary]
    while waiting:
        each = waiting.pop()
        each.stack = _RememberedStack(each.stack)
        others = (each.__cause__, each.__context__, *(each.exceptions or ()))
        waiting += [other for other in others if other is not None]


def capture(exc_info: Any) -> CapturedException | None:
    """Capture what `logging` calls `exc_info`, or None where there is no exception in it."""
    error = exc_info[1] if isinstance(exc_info, tuple) and len(exc_info) == 3 else exc_info
    if not isinstance(error, BaseException):
        return None
    stack = exc_info[2] if isinstance(exc_info, tuple) else error.__traceback__
    return CapturedException(error, stack)
