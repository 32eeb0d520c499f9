"""What the caller's thread takes from a log call, and what a worker makes of it.

`take` runs inside every log call, so it copies references and leaves all conversion that can
wait to `Resolver`. What could change before the worker sees it is rendered or copied at once:
the message, exceptions, and values that are not of a plain immutable type.
"""

from __future__ import annotations

import asyncio
import logging
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import baggage, trace
from opentelemetry.context import Context, get_current

from otel_logging import semconv
from otel_logging.bridge.exceptions import CapturedException, capture
from otel_logging.bridge.record import Record
from otel_logging.bridge.severity import severity
from otel_logging.bridge.values import cap_text, measured, plain, safe_str
from otel_logging.context import (
    RequestScope,
    bound_attributes,
    current_request,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Snapshot = tuple[
    str,  # name of the logger
    int,  # level
    str,  # name of the level
    float,  # time, in seconds since the Unix epoch
    Any,  # body
    dict[str, Any],  # attributes of the call
    Context,  # OpenTelemetry's context: span and baggage
    "RequestScope | None",  # request or message being served
    "Mapping[str, Any]",  # bound attributes
    str,  # name of the thread
    "CapturedException | None",
    "tuple[str, str, int, str | None] | None",  # file, function, line, task, where asked for
    int,  # bytes beyond what every record is taken to need
]

SMALL_TEXT: Final = 2_048
"""Texts up to this length count as part of what every record needs."""

_TEMPLATE: Final = logging.LogRecord("", 0, "", 0, "", (), None)
_STANDARD: Final = len(vars(_TEMPLATE))
_IMMUTABLE: Final = frozenset({int, float, bool, type(None)})

_UID: Final = re.compile("[0-9a-f]{32}")

LEFT_OUT: Final = frozenset(vars(_TEMPLATE)) | {
    "message",
    "asctime",
    "taskName",
    "color_message",  # uvicorn: the message again, with escape codes
    "otelSpanID",
    "otelTraceID",
    "otelTraceSampled",
    "otelServiceName",
}
"""Attributes of a `logging.LogRecord` that are not attributes of the call."""


def take(record: logging.LogRecord, with_code: bool = False) -> Snapshot:  # noqa: FBT001, FBT002
    """Take what is needed from a record, in the caller's thread. Never raises."""
    message = record.msg
    attributes: dict[str, Any] = {}
    weight = 0
    if record.args:
        try:
            message = str(message) % record.args
        except Exception as error:  # noqa: BLE001 - an argument's __str__ may raise anything
            message = _unformatted(record, error, attributes)
    if type(message) is not str:
        message, weight = measured(message)
    elif len(message) > SMALL_TEXT:
        message = cap_text(message)
        weight = len(message)
    if len(record.__dict__) > _STANDARD or record.stack_info:
        attributes, extra = _extras(record, attributes)
        weight += extra
    captured = None
    if record.exc_info:
        captured = capture(record.exc_info)
        weight += 8_192
    return (
        record.name,
        record.levelno,
        record.levelname,
        record.created,
        message,
        attributes,
        get_current(),
        current_request.get(),
        bound_attributes.get(),
        record.threadName or "",
        captured,
        (record.pathname, record.funcName, record.lineno, _task()) if with_code else None,
        weight,
    )


def _task() -> str | None:
    """Return the name of the asyncio task that runs, if one does."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return None
    return task.get_name() if task is not None else None


def _unformatted(record: logging.LogRecord, error: Exception, attributes: dict[str, Any]) -> str:
    """Return a message that its arguments do not fit, and tell of it in the attributes."""
    attributes[semconv.OTLOG_FORMAT_ERROR] = f"{type(error).__name__}: {safe_str(error)}"
    attributes[semconv.OTLOG_FORMAT_ARGUMENTS] = plain(record.args)
    return safe_str(record.msg)


def _extras(record: logging.LogRecord, attributes: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Copy the attributes of the call; return them with those given, and their weight."""
    # `logging` adds the attributes of the call after its own, which always come in one order.
    own = _STANDARD if type(record) is logging.LogRecord else 0
    extras = dict(islice(record.__dict__.items(), own, None))
    if not LEFT_OUT.isdisjoint(extras):
        extras = {name: value for name, value in extras.items() if name not in LEFT_OUT}
    weight = 0
    for name, value in extras.items():
        kind = type(value)
        if kind is str:
            if len(value) > SMALL_TEXT:
                extras[name] = cap_text(value)
                weight += len(extras[name])
        elif kind not in _IMMUTABLE:
            extras[name], size = measured(value)
            weight += size
    if record.stack_info:
        extras[semconv.CODE_STACKTRACE] = cap_text(record.stack_info)
        weight += len(record.stack_info)
    return {**attributes, **extras} if attributes else extras, weight


class Resolver:
    """Makes records of snapshots, in a worker.

    Args:
        baggage_keys: Baggage that becomes attributes.
    """

    def __init__(self, baggage_keys: frozenset[str]) -> None:
        self._baggage_keys = baggage_keys
        self._context: Context | None = None
        self._span_context = trace.INVALID_SPAN_CONTEXT
        self._carried: dict[str, Any] = {}

    def resolve(self, snapshot: Snapshot) -> Record:
        """Make a record of a snapshot."""
        (
            name,
            level,
            level_name,
            created,
            body,
            call,
            context,
            request,
            bound,
            thread,
            error,
            code,
            _,
        ) = snapshot
        if context is not self._context:
            self._read(context)
        attributes = call
        if request is not None or bound:
            shared = {**(request.attributes if request is not None else {}), **bound}
            plain_shared = {key: _plain(value) for key, value in shared.items()}
            attributes = {**self._carried, **plain_shared, **call}
        elif self._carried:
            attributes = {**self._carried, **call}
        if thread != "MainThread":
            attributes.setdefault(semconv.THREAD_NAME, thread)
        if error is not None:
            attributes.update(error.attributes())
        if code is not None:
            attributes.update(_place(*code))
        record = Record()
        record.scope = name
        record.timestamp = int(created * 1_000_000_000)
        record.severity_number, record.severity_text = severity(level, level_name)
        record.body = body
        record.event_name = _event_name(attributes)
        record.uid = _uid(attributes)
        record.attributes = attributes
        span_context = self._span_context
        record.trace_id = span_context.trace_id
        record.span_id = span_context.span_id
        record.trace_flags = span_context.trace_flags
        return record

    def _read(self, context: Context) -> None:
        """Read a context; records of one request mostly come one after the other."""
        self._span_context = trace.get_current_span(context).get_span_context()
        carried = baggage.get_all(context)
        self._carried = {key: carried[key] for key in self._baggage_keys if key in carried}
        roles = self._carried.get(semconv.USER_ROLES)
        if type(roles) is str:
            # Baggage carries texts only; the propagator joins a list with commas.
            self._carried[semconv.USER_ROLES] = roles.split(",") if roles else []
        self._context = context


def _plain(value: Any) -> Any:
    return value if type(value) is str or type(value) in _IMMUTABLE else plain(value)


def _place(file: str, function: str, line: int, task: str | None) -> dict[str, Any]:
    """Return where in the code a call was made, and by which task."""
    attributes = {
        semconv.CODE_FILE_PATH: file,
        semconv.CODE_FUNCTION_NAME: function,
        semconv.CODE_LINE_NUMBER: line,
    }
    return attributes if task is None else {**attributes, semconv.PYTHON_TASK_NAME: task}


def _event_name(attributes: dict[str, Any]) -> str | None:
    """Take the event's name out of the attributes; the stable form wins."""
    if semconv.OTEL_EVENT_NAME not in attributes and semconv.EVENT_NAME not in attributes:
        return None
    old = attributes.pop(semconv.EVENT_NAME, None)
    return safe_str(attributes.pop(semconv.OTEL_EVENT_NAME, old))


def _uid(attributes: dict[str, Any]) -> str | None:
    """Take the record's ID out of the attributes: a caller that tells a record again gives it.

    Redaction does not see it, so nothing but an ID in the registry's form is believed.
    """
    if semconv.LOG_RECORD_UID not in attributes:
        return None
    uid = attributes.pop(semconv.LOG_RECORD_UID)
    return uid if type(uid) is str and _UID.fullmatch(uid) else None
