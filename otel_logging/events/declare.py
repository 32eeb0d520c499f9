"""What makes an event of a function's signature."""

from __future__ import annotations

import functools
import hashlib
import inspect
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final, ParamSpec, get_type_hints

from otel_logging import semconv
from otel_logging.diagnostics import diagnostics
from otel_logging.events.checks import Check, check_of
from otel_logging.events.fields import FIELDS, Field
from otel_logging.events.moment import moment
from otel_logging.events.outcome import Failure

P = ParamSpec("P")
Values = Mapping[str, Any]
LevelOf = Callable[[Values], int]


def level_of_outcome(values: Values) -> int:
    """WARNING for a failure, INFO for all else."""
    return logging.WARNING if isinstance(values.get("outcome"), Failure) else logging.INFO


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an event's function."""

    name: str
    default: Any
    fits: Check
    expected: str
    field: Field


@dataclass(frozen=True, slots=True)
class Declared:
    """An event of the vocabulary.

    Attributes:
        name: The event's name.
        text: What the body says; an outcome is added to it.
        audit: Whether the event is evidence, written whatever the level of its logger.
        level: Python's level, given the arguments.
        parameters: The function's parameters.
        names: Their names.
    """

    name: str
    text: str
    audit: bool
    level: LevelOf
    parameters: tuple[Parameter, ...]
    names: frozenset[str]


DECLARED: Final[dict[str, Declared]] = {}
"""The whole vocabulary, by event name; filled while the package is imported."""


def event(
    name: str, text: str, *, audit: bool = False, level: int | LevelOf = level_of_outcome
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Let a function, of which only the signature counts, write an event.

    Every parameter is keyword-only and stands in `fields.FIELDS`, which says what attribute it
    becomes; None leaves the attribute out.

    Args:
        name: The event's name.
        text: The body, in plain words.
        audit: Write the event even where the logger's level, or its being disabled, would
            keep a record back.
        level: A level, or what tells it from the arguments.
    """

    def decorate(function: Callable[P, None]) -> Callable[P, None]:
        level_of = level if callable(level) else (lambda _: level)
        parameters = _parameters(function)
        names = frozenset(each.name for each in parameters)
        declared = Declared(name, text, audit, level_of, parameters, names)
        DECLARED[name] = declared

        @functools.wraps(function)
        def write(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                _write(declared, sys._getframe(1), args, kwargs)  # noqa: SLF001 - as `logging` does
            except Exception as error:  # noqa: BLE001 - telemetry never breaks the application
                diagnostics.error("event", f"writing the event {name}", error)

        return write

    return decorate


def _parameters(function: Callable[..., None]) -> tuple[Parameter, ...]:
    hints = get_type_hints(function)
    signature = inspect.signature(function)
    return tuple(
        Parameter(
            name,
            parameter.default,
            check_of(hints[name]),
            str(parameter.annotation),
            FIELDS[name],
        )
        for name, parameter in signature.parameters.items()
    )


def _write(
    declared: Declared, frame: FrameType, args: tuple[Any, ...], values: dict[str, Any]
) -> None:
    logger = logging.getLogger(frame.f_globals.get("__name__", __name__))
    level = declared.level(values)
    if not declared.audit and not logger.isEnabledFor(level):
        return
    attributes, problems = _attributes(declared, args, values)
    if problems:
        # The event is written all the same: half of the evidence is better than none.
        attributes[semconv.OTLOG_EVENT_PROBLEMS] = problems
        place = f"{frame.f_globals.get('__name__')}:{frame.f_lineno}"
        diagnostics.report(
            "event", f"{place}: the event {declared.name} is not as declared: {', '.join(problems)}"
        )
    attributes[semconv.OTEL_EVENT_NAME] = declared.name
    if semconv.AUDIT_RECORD_ID in attributes:
        attributes[semconv.LOG_RECORD_UID] = _uid(
            declared.name, attributes[semconv.AUDIT_RECORD_ID]
        )
    code = frame.f_code
    record = logger.makeRecord(
        logger.name,
        level,
        code.co_filename,
        frame.f_lineno,
        _body(declared.text, attributes),
        (),
        None,
        code.co_name,
        attributes,
    )
    if (happened := moment()) is not None:
        record.created, record.msecs = happened, happened % 1 * 1000
    if declared.audit:
        logger.callHandlers(record)
    else:
        logger.handle(record)


def _attributes(
    declared: Declared, args: tuple[Any, ...], values: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes that the arguments give, and what is wrong with them: no values."""
    attributes: dict[str, Any] = {}
    problems = ["arguments are by keyword only"] if args else []
    for parameter in declared.parameters:
        value = values.get(parameter.name, parameter.default)
        if value is inspect.Parameter.empty:
            problems.append(f"{parameter.name} is missing")
        elif not parameter.fits(value):
            problems.append(f"{parameter.name} is no {parameter.expected}")
        elif value is not None:
            attributes.update(
                zip(parameter.field.names, parameter.field.values(value), strict=True)
            )
    if not declared.names.issuperset(values):
        problems += [f"{name} is unknown" for name in values if name not in declared.names]
    return {name: value for name, value in attributes.items() if value is not None}, problems


def _uid(name: str, audit_record_id: str) -> str:
    """One ID for the record however often this event tells an entry of the audit trail."""
    return hashlib.sha256(f"{name} {audit_record_id}".encode()).hexdigest()[:32]


_STAGE: Final = (
    semconv.EVENT_STAGE_NAME,
    semconv.EVENT_STAGE_STATE,
    semconv.EVENT_STAGE_STEP,
)


def _body(text: str, attributes: Values) -> str:
    outcome = attributes.get(semconv.EVENT_OUTCOME)
    if outcome == "failure":
        return f"{text} failed: {attributes.get(semconv.ERROR_TYPE)}"
    if outcome:
        return f"{text} succeeded"
    stage = [attributes[name] for name in _STAGE if name in attributes]
    return f"{text}: {' '.join(map(str, stage))}" if stage else text
