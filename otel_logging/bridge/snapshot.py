"""What the caller's thread takes from a log call, and what a worker makes of it.

`take` runs inside every log call, so it copies references and leaves all conversion that can
wait to `resolve`. What could change before the worker sees it is rendered or copied at once:
the message, exceptions, and values that are not of a plain immutable type.
"""

from __future__ import annotations

import logging
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
    from collections.abc import Iterable, Mapping

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
    "tuple[str, str, int] | None",  # file, function and line, where asked for
    int,  # bytes beyond what every record is taken to need
]

SMALL_TEXT: Final = 2_048
"""Texts up to this length count as part of what every record needs."""

_TEMPLATE: Final = logging.LogRecord("", 0, "", 0, "", (), None)
_STANDARD: Final = len(vars(_TEMPLATE))
_IMMUTABLE: Final = frozenset({int, float, bool, type(None)})

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


def take(record: logging.LogRecord, *, with_code: bool = False) -> Snapshot:
    """Take what is needed from a record, in the caller's thread. Never raises."""
    message = record.msg
    attributes: dict[str, Any] = {}
    weight = 0
    if type(message) is not str or record.args:
        message = _render(record, attributes)
    if type(message) is not str:
        message, weight = measured(message)
    elif len(message) > SMALL_TEXT:
        message = cap_text(message)
        weight = len(message)
    values = record.__dict__
    if len(values) > _STANDARD or record.exc_info or record.stack_info:
        weight += _extras(record, attributes)
    error = None
    if record.exc_info:
        error = capture(record.exc_info)
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
        error,
        (record.pathname, record.funcName, record.lineno) if with_code else None,
        weight,
    )


def _render(record: logging.LogRecord, attributes: dict[str, Any]) -> Any:
    """Return the message with its arguments, or a structured body."""
    message, arguments = record.msg, record.args
    if not arguments:
        return message
    try:
        return str(message) % arguments
    except Exception as error:  # noqa: BLE001 - an argument's __str__ may raise anything
        attributes[semconv.OTLOG_FORMAT_ERROR] = f"{type(error).__name__}: {safe_str(error)}"
        attributes[semconv.OTLOG_FORMAT_ARGUMENTS] = plain(arguments)
        return safe_str(message)


def _extras(record: logging.LogRecord, attributes: dict[str, Any]) -> int:
    """Copy the attributes of the call; return their weight."""
    weight = 0
    for name, value in _candidates(record):
        if name in LEFT_OUT:
            continue
        kind = type(value)
        if kind is str:
            if len(value) > SMALL_TEXT:
                value = cap_text(value)  # noqa: PLW2901
                weight += len(value)
        elif kind not in _IMMUTABLE:
            value, size = measured(value)  # noqa: PLW2901
            weight += size
        attributes[name] = value
    if record.stack_info:
        attributes[semconv.CODE_STACKTRACE] = cap_text(record.stack_info)
        weight += len(record.stack_info)
    return weight


def _candidates(record: logging.LogRecord) -> Iterable[tuple[str, Any]]:
    # `logging` adds the attributes of the call after its own, which always come in one order.
    if type(record) is logging.LogRecord:
        return islice(record.__dict__.items(), _STANDARD, None)
    return list(record.__dict__.items())


def resolve(snapshot: Snapshot, baggage_keys: frozenset[str]) -> Record:
    """Make a record of a snapshot, in a worker."""
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
    record = Record()
    record.scope = name
    record.timestamp = int(created * 1_000_000_000)
    record.severity_number, record.severity_text = severity(level, level_name)
    record.body = body
    carried = baggage.get_all(context)
    attributes: dict[str, Any] = {key: carried[key] for key in baggage_keys if key in carried}
    if request is not None:
        attributes.update(request.attributes)
    attributes.update(bound)
    attributes.update(call)
    if thread != "MainThread":
        attributes.setdefault(semconv.THREAD_NAME, thread)
    if code is not None:
        attributes[semconv.CODE_FILE_PATH] = code[0]
        attributes[semconv.CODE_FUNCTION_NAME] = code[1]
        attributes[semconv.CODE_LINE_NUMBER] = code[2]
    if error is not None:
        attributes.update(error.attributes())
    old_name = attributes.pop(semconv.EVENT_NAME, None)
    event_name = attributes.pop(semconv.OTEL_EVENT_NAME, old_name)
    record.event_name = None if event_name is None else safe_str(event_name)
    record.attributes = attributes
    span_context = trace.get_current_span(context).get_span_context()
    record.trace_id = span_context.trace_id
    record.span_id = span_context.span_id
    record.trace_flags = span_context.trace_flags
    return record
