"""The OTLP JSON mapping: Protobuf's, but IDs in hex and enums as numbers.

Source: OpenTelemetry Protocol, "JSON Protobuf Encoding".
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

from otel_logging.store.errors import RefusedRequestError

ID_FIELDS = frozenset(
    {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}
)


def parse_json(body: bytes, message: Message) -> None:
    """Fill a message from JSON; fields that it does not know are ignored.

    Raises:
        RefusedRequestError: With status 400 when the body is not OTLP JSON.
    """
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
        ParseDict(_with_base64_ids(document), message, ignore_unknown_fields=True)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise RefusedRequestError(400, f"the body is not JSON: {error}") from error
    except (ParseError, ValueError, TypeError, AttributeError) as error:
        raise RefusedRequestError(400, f"the body is not OTLP JSON: {error}") from error


def _with_base64_ids(node: Any) -> Any:
    """Return a copy with hex IDs as the base64 that Protobuf's own mapping wants.

    An attribute named like an ID field is no key here: attributes are lists of key and value.
    """
    if isinstance(node, list):
        return [_with_base64_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _base64(value)
        if key in ID_FIELDS and isinstance(value, str)
        else _with_base64_ids(value)
        for key, value in node.items()
    }


def _base64(text: str) -> str:
    try:
        return base64.b64encode(binascii.unhexlify(text)).decode()
    except (binascii.Error, ValueError) as error:
        raise ValueError("an ID is not in hex") from error
