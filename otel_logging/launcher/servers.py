"""Servers that reset signal handlers when they start."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def instrument(install_signals: Callable[[], None]) -> None:
    """Install our signal handlers again just before uvicorn takes the signals over.

    uvicorn gives signals back when it ends and raises them again, so that ours deliver what
    is left. Under gunicorn, whose worker class resets them, ours would be gone by then.
    """

    @contextmanager
    def capture_signals(inner: Callable[[], Any]) -> Iterator[None]:
        install_signals()
        with inner():
            yield

    def wrapper(wrapped: Callable[..., Any], _: Any, args: Any, kwargs: Any) -> Any:
        return capture_signals(functools.partial(wrapped, *args, **kwargs))

    def patch(_: Any) -> None:
        wrapt.wrap_function_wrapper("uvicorn.server", "Server.capture_signals", wrapper)

    wrapt.register_post_import_hook(patch, "uvicorn.server")
