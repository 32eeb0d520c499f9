"""One record for each request that fails, by the class of the error.

| class | severity | stack |
|---|---|---|
| `client`: the caller can mend it | WARN | none: it is the caller's |
| `dependency`: another service did not do its part | ERROR | with its cause |
| `bug`: nobody foresaw it | FATAL | with its cause |

A stack is whole in development, and only the gateway's own frames in production.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Literal

from otel_logging.integrations.fastapi import compact_stack, mark_logged
from services.gateway.dependency import DependencyError

log = logging.getLogger(__name__)

StackForm = Literal["full", "compact"]
ErrorClass = Literal["client", "dependency", "bug"]


class FailureLog:
    """Writes the records.

    Args:
        stack: how stacks are written.
    """

    def __init__(self, stack: StackForm) -> None:
        self._stack = stack

    def client(self, error: Exception, status: int, reason: str) -> None:
        """The caller asked for what cannot be."""
        about = _about("client", status, reason)
        log.warning("request refused", extra=about)
        mark_logged(error)

    def dependency(self, error: DependencyError) -> None:
        """Another service did not do its part."""
        about = _about("dependency", error.status, _type(error.__cause__ or error))
        about["service.peer.name"] = error.service
        self._with_stack(logging.ERROR, "dependency failed", error, about)

    def bug(self, error: Exception) -> None:
        """Something went wrong that nobody foresaw."""
        about = _about("bug", HTTPStatus.INTERNAL_SERVER_ERROR, _type(error))
        self._with_stack(logging.CRITICAL, "unexpected error", error, about)

    def _with_stack(
        self, level: int, message: str, error: Exception, about: dict[str, Any]
    ) -> None:
        if self._stack == "full":
            log.log(level, message, extra=about, exc_info=error)
        else:
            exception = {
                "exception.type": _type(error),
                "exception.message": str(error),
                "exception.stacktrace": compact_stack(error),
            }
            log.log(level, message, extra={**about, **exception})
        mark_logged(error)


def _about(error_class: ErrorClass, status: int, reason: str) -> dict[str, Any]:
    return {
        "gateway.error.class": error_class,
        "error.type": reason,
        "http.response.status_code": int(status),
    }


def _type(error: BaseException) -> str:
    kind = type(error)
    in_builtins = kind.__module__ == "builtins"
    return kind.__qualname__ if in_builtins else f"{kind.__module__}.{kind.__qualname__}"
