"""Attributes that follow the work: bound to a context, shared by a request, carried in baggage."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from opentelemetry import trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

EMPTY: Mapping[str, Any] = MappingProxyType({})


class RequestScope:
    """Attributes of one request or message, seen by every task and thread that serves it.

    Unlike `bind`, what is added here is seen where it was not added: a worker thread that
    finds out the user lets the access log, written elsewhere, know the user too.

    Attributes:
        attributes: The current attributes; replaced as a whole, never changed in place.
    """

    __slots__ = ("attributes",)

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self.attributes: Mapping[str, Any] = dict(attributes)

    def add(self, attributes: Mapping[str, Any]) -> None:
        """Add attributes; later values win."""
        self.attributes = {**self.attributes, **attributes}


bound_attributes: ContextVar[Mapping[str, Any]] = ContextVar("otel_logging.bound", default=EMPTY)
"""What `bind` and `bound` set; a mapping in it is never changed in place."""

current_request: ContextVar[RequestScope | None] = ContextVar("otel_logging.request", default=None)
"""The request or message that is being served, if any."""


def bind(attributes: Mapping[str, Any] | None = None, /, **named: Any) -> None:
    """Put attributes on every record that this context writes from now on.

    A context is a task, a thread, or the request that a framework integration opened: tasks
    and threads started later inherit the attributes, their own do not come back.

    Args:
        attributes: Attributes whose names are no Python identifiers, such as `{"user.id": 7}`.
        **named: Attributes by keyword.
    """
    bound_attributes.set({**bound_attributes.get(), **(attributes or {}), **named})


@contextmanager
def bound(attributes: Mapping[str, Any] | None = None, /, **named: Any) -> Iterator[None]:
    """Put attributes on every record written inside the `with` block; see `bind`."""
    token = bound_attributes.set({**bound_attributes.get(), **(attributes or {}), **named})
    try:
        yield
    finally:
        bound_attributes.reset(token)


def unbind(*names: str) -> None:
    """Take bound attributes off again; names that are not bound are no error."""
    kept = {name: value for name, value in bound_attributes.get().items() if name not in names}
    bound_attributes.set(kept)


def request_scope(attributes: Mapping[str, Any]) -> AbstractContextManager[RequestScope]:
    """Serve one request or message: its attributes stand on every record written meanwhile."""
    return _Serving(RequestScope(attributes))


class _Serving:
    """`request_scope`'s `with` block; a class, since a generator costs each request more."""

    __slots__ = ("_scope", "_token")

    def __init__(self, scope: RequestScope) -> None:
        self._scope = scope

    def __enter__(self) -> RequestScope:
        self._token = current_request.set(self._scope)
        return self._scope

    def __exit__(self, *_: object) -> None:
        current_request.reset(self._token)


def add_request_attributes(attributes: Mapping[str, Any]) -> None:
    """Add attributes to the request being served, or bind them where none is."""
    scope = current_request.get()
    if scope is None:
        bind(attributes)
    else:
        scope.add(attributes)


def context_attributes() -> dict[str, Any]:
    """Return what a record written now would get: the request's attributes, then the bound."""
    scope = current_request.get()
    return {**(scope.attributes if scope else EMPTY), **bound_attributes.get()}


def trace_id() -> str | None:
    """Return the ID of the current trace as 32 hex digits, or None where there is none."""
    span_context = trace.get_current_span().get_span_context()
    return f"{span_context.trace_id:032x}" if span_context.is_valid else None


def span_id() -> str | None:
    """Return the ID of the current span as 16 hex digits, or None where there is none."""
    span_context = trace.get_current_span().get_span_context()
    return f"{span_context.span_id:016x}" if span_context.is_valid else None
