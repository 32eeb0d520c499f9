"""Errors as problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.auth_service.administration import ForbiddenError, UnknownUserError


def answer_with_problems(app: FastAPI) -> None:
    """Make the app answer every HTTP error as `application/problem+json`."""
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(ForbiddenError)(_forbidden)
    app.exception_handler(UnknownUserError)(_unknown_user)


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


async def _forbidden(_: Request, __: Exception) -> JSONResponse:
    return _problem(HTTPStatus.FORBIDDEN, "only administrators may do this")


async def _unknown_user(_: Request, __: Exception) -> JSONResponse:
    return _problem(HTTPStatus.NOT_FOUND, "no such user")


async def _http_error(_: Request, error: HTTPException) -> JSONResponse:
    return _problem(error.status_code, error.detail, dict(error.headers or {}))


async def _invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
    # What was sent may be a password, so it is not sent back.
    places = (".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors())
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(places))
