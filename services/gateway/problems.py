"""Errors as problem details (RFC 9457) that carry the trace ID."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from opentelemetry import trace
from starlette.exceptions import HTTPException

from services.gateway.dependency import DependencyError

log = logging.getLogger(__name__)


def answer_with_problems(app: FastAPI) -> None:
    """Make the app answer every error as `application/problem+json`."""
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(DependencyError)(_dependency_failure)
    app.exception_handler(Exception)(_bug)


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        content["trace_id"] = trace.format_trace_id(span.trace_id)
    return JSONResponse(content, status, headers, media_type="application/problem+json")


async def _http_error(_: Request, error: HTTPException) -> JSONResponse:
    return _problem(error.status_code, error.detail, dict(error.headers or {}))


async def _invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
    # What was sent may be a password, so it is neither sent back nor logged.
    places = (".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors())
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(places))


async def _dependency_failure(_: Request, error: DependencyError) -> JSONResponse:
    log.error(
        "dependency failed",
        extra={"service.peer.name": error.service, "http.response.status_code": error.status},
        exc_info=error,
    )
    return _problem(error.status, str(error))


async def _bug(_: Request, __: Exception) -> JSONResponse:
    # The server logs the exception, once, with its traceback.
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong on our side")
