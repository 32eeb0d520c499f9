"""Threads: what a request starts belongs to it.

Python gives a new thread an empty context. `instrument()` lets threads, and work handed to a
`ThreadPoolExecutor`, begin in the context of whoever started them: span, baggage, request and
bound attributes. A pool's own threads live longer than the request that happened to start
them, so they begin empty; each piece of work brings its context along.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.thread
import contextvars
import functools
import threading
from typing import TYPE_CHECKING, Any, Final

import wrapt

if TYPE_CHECKING:
    from collections.abc import Callable

_POOLS: Final = ("anyio.", "concurrent.futures.")


def instrument() -> None:
    """Hand the context on to threads. Calling it again changes nothing."""
    if isinstance(threading.Thread.__dict__["start"], wrapt.FunctionWrapper):
        return
    wrapt.wrap_function_wrapper(threading, "Thread.start", _start)
    wrapt.wrap_function_wrapper(concurrent.futures, "ThreadPoolExecutor.submit", _submit)


def uninstrument() -> None:
    """Let threads begin with an empty context again."""
    for owner, name in (
        (threading.Thread, "start"),
        (concurrent.futures.ThreadPoolExecutor, "submit"),
    ):
        patched = owner.__dict__[name]
        if isinstance(patched, wrapt.FunctionWrapper):
            setattr(owner, name, patched.__wrapped__)


def _start(wrapped: Callable[[], None], thread: threading.Thread, _args: Any, _kwargs: Any) -> None:
    if not _is_of_a_pool(thread):
        context, run = contextvars.copy_context(), thread.run
        thread.run = functools.partial(context.run, run)  # type: ignore[method-assign]
    wrapped()


def _submit(
    wrapped: Callable[..., Any],
    _pool: concurrent.futures.ThreadPoolExecutor,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    function, *rest = args
    return wrapped(contextvars.copy_context().run, function, *rest, **kwargs)


def _is_of_a_pool(thread: threading.Thread) -> bool:
    target = getattr(thread, "_target", None)
    return type(thread).__module__.startswith(_POOLS) or (
        getattr(target, "__module__", "") or ""
    ).startswith(_POOLS)
