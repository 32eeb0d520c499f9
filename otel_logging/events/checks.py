"""Types at run time: whether a value is what a parameter's annotation says."""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from otel_logging.events.outcome import Failure

Check = Callable[[Any], bool]


def check_of(hint: Any) -> Check:
    """Return a check of an annotation: a class, `Literal`, a union, or `Failure[...]`.

    A `bool` is no number, and a whole number will do for a `float`, as for type checkers.
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        checks = [check_of(each) for each in args]
        return lambda value: any(check(value) for check in checks)
    if origin is Literal:
        return lambda value: isinstance(value, str) and value in args
    if origin is Failure:
        reason = check_of(args[0])
        return lambda value: isinstance(value, Failure) and reason(value.reason)
    return _instance(origin or hint)


def _instance(kind: Any) -> Check:
    if kind is Any or isinstance(kind, TypeVar):
        return lambda _: True
    if kind is None:
        kind = NoneType
    if kind in (int, float):
        accepted = (int, float) if kind is float else int
        return lambda value: isinstance(value, accepted) and not isinstance(value, bool)
    return lambda value: isinstance(value, kind)
