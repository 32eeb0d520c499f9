"""Errors as problem details (RFC 9457) that carry the trace ID, each with one record."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from opentelemetry import trace
from starlette.exceptions import HTTPException

from services.gateway.dependency import DependencyError
from services.gateway.failures import FailureLog


class ClientError(HTTPException):
    """A request that is not answered as asked, for a reason that the caller can mend.

    Attributes:
        reason: one of a few identifiers, for the record.
    """

    def __init__(
        self, status: HTTPStatus, reason: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.reason = reason


def answer_with_problems(app: FastAPI, failures: FailureLog) -> None:
    """Make the app log each error once, and answer it as `application/problem+json`."""

    @app.exception_handler(HTTPException)
    async def _http_error(_: Request, error: HTTPException) -> JSONResponse:
        failures.client(error, error.status_code, getattr(error, "reason", str(error.status_code)))
        return _problem(error.status_code, error.detail, dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def _invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        failures.client(error, status, "invalid_request")
        # What was sent may be a password, so it is neither sent back nor logged.
        places = (".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors())
        return _problem(status, "; ".join(places))

    @app.exception_handler(DependencyError)
    async def _dependency_failure(_: Request, error: DependencyError) -> JSONResponse:
        failures.dependency(error)
        return _problem(error.status, str(error))

    @app.exception_handler(Exception)
    async def _bug(_: Request, error: Exception) -> JSONResponse:
        failures.bug(error)
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong on our side")


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        content["trace_id"] = trace.format_trace_id(span.trace_id)
    return JSONResponse(content, status, headers, media_type="application/problem+json")
