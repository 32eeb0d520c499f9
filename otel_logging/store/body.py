"""Reading a request's body within its limits, before and after decompression."""

from __future__ import annotations

import zlib

from starlette.requests import Request

from otel_logging.store.errors import RefusedRequestError

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


def content_type(request: Request) -> str:
    """Return the request's OTLP encoding.

    Raises:
        RefusedRequestError: With status 415 for any other media type or content coding.
    """
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media not in {PROTOBUF, JSON}:
        raise RefusedRequestError(415, f"Content-Type must be {PROTOBUF} or {JSON}")
    if _coding(request) not in {"", "identity", "gzip"}:
        raise RefusedRequestError(415, "Content-Encoding must be gzip or identity")
    return media


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body as sent.

    Raises:
        RefusedRequestError: With status 413 when it is longer than `limit` bytes.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def expand(request: Request, body: bytes, limit: int) -> bytes:
    """Return the body without its content coding.

    Raises:
        RefusedRequestError: With status 413 when it grows beyond `limit` bytes, 400 when it is
            not whole gzip data (RFC 1952).
    """
    if _coding(request) != "gzip":
        return body
    out = bytearray()
    while body:
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(body, limit + 1 - len(out))
        except zlib.error as error:
            raise RefusedRequestError(400, f"the body is not gzip data: {error}") from error
        if len(out) > limit:
            raise _too_large(limit)
        if not member.eof:
            raise RefusedRequestError(400, "the gzip data is cut short")
        body = member.unused_data
    return bytes(out)


def _coding(request: Request) -> str:
    return request.headers.get("content-encoding", "").strip().lower()


def _too_large(limit: int) -> RefusedRequestError:
    return RefusedRequestError(413, f"the body is larger than {limit} bytes")
