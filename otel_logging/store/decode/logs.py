"""Log records of an OTLP request as rows."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otel_logging import semconv
from otel_logging.store.decode.decoded import Decoded
from otel_logging.store.decode.values import (
    Origin,
    attributes,
    hex_id,
    json_text,
    nanos,
    plain,
    service_and_json,
)
from otel_logging.store.severity import number_of, text_of
from otel_logging.store.tables import LOGS, Row

SERVED_KEYS = frozenset(
    {semconv.HTTP_REQUEST_METHOD, semconv.URL_PATH, semconv.MESSAGING_DESTINATION_NAME}
)
"""A record with one of these attributes was written while serving a request or a message."""
ACCESS_SCOPE = "uvicorn.access"


def decode_logs(request: ExportLogsServiceRequest, now_ns: int) -> Decoded:
    """Return the rows of a request.

    Args:
        request: The message as received.
        now_ns: Unix nanoseconds given to records that carry no time.
    """
    decoded = Decoded(LOGS)
    rows, unnamed = decoded.rows, Counter[str]()
    for block in request.resource_logs:
        service, resource = service_and_json(block.resource)
        for scoped in block.scope_logs:
            origin = Origin(service, scoped.scope.name, resource)
            for record in scoped.log_records:
                rows.append(_row(record, origin, now_ns, unnamed))
    return decoded


def _row(record: LogRecord, origin: Origin, now_ns: int, unnamed: Counter[str]) -> Row:
    values = attributes(record.attributes)
    body = plain(record.body)
    structured = not isinstance(body, str) and body is not None
    number = number_of(record.severity_number, record.severity_text)
    user = values.get(semconv.USER_ID)
    content = (
        nanos(record.time_unix_nano or record.observed_time_unix_nano or now_ns),
        nanos(record.observed_time_unix_nano),
        number,
        record.severity_text or text_of(number),
        json_text(body) if structured else body,
        structured,
        origin.service,
        origin.scope,
        hex_id(record.trace_id, 16),
        hex_id(record.span_id, 8),
        record.event_name or None,
        None if user is None else str(user),
        origin.scope == ACCESS_SCOPE or not SERVED_KEYS.isdisjoint(values),
        json_text(values),
        origin.resource,
    )
    return (_uid(values, content, unnamed), *content)


def _uid(values: dict[str, Any], content: Row, unnamed: Counter[str]) -> str:
    """Return the record's own identity, or one derived from all that it says.

    Equal records of one request are told apart by counting, so only a repeated request matches.
    """
    uid = values.get(semconv.LOG_RECORD_UID)
    if isinstance(uid, str) and uid:
        return uid
    digest = blake2b(repr(content).encode(), digest_size=16).hexdigest()
    unnamed[digest] += 1
    return digest if unnamed[digest] == 1 else f"{digest}-{unnamed[digest]}"
