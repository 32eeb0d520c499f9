"""Calls to the other services, and what their failures mean to our callers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

_SUCCESS = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT)
_PASSED_ON = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


class DependencyError(Exception):
    """Another service did not do its part.

    Attributes:
        service: its name.
        status: what the gateway answers (RFC 9110, section 15.6): 502 for a wrong
            answer, 503 when it is away, 504 when it is late.
    """

    def __init__(self, service: str, status: HTTPStatus, what: str) -> None:
        super().__init__(f"{service} {what}")
        self.service = service
        self.status = status


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called the gateway, for a service that must know.

    Attributes:
        address: where they called from.
        authorization: what proves who they are, as the header says it.
    """

    address: str | None
    authorization: str | None = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell another service, which trusts the gateway."""
        told = {"X-Forwarded-For": self.address, "Authorization": self.authorization}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of another service, and for whom."""

    method: str
    path: str
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    caller: Caller = Caller(None, None)


class Dependency:
    """Another service; an async context manager that holds the connections to it.

    Args:
        service: its name.
        url: its base URL.
        timeout: seconds to wait for an answer.
    """

    def __init__(self, service: str, url: str, timeout: float) -> None:
        self.service = service
        self._http = httpx.AsyncClient(base_url=url, timeout=timeout)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str) -> httpx.Response:
        """The service's answer to GET, which is 200.

        Raises:
            DependencyError: when the service is away, late, or answers differently.
        """
        return await self._call(Call("GET", path), (HTTPStatus.OK,))

    async def post(
        self, path: str, body: Mapping[str, Any], expected: Collection[int]
    ) -> httpx.Response:
        """The service's answer to POST, whose status is one of those `expected`.

        Raises:
            DependencyError: when the service is away, late, or answers differently.
        """
        return await self._call(Call("POST", path, body), expected)

    async def forward(self, call: Call, *refusals: int) -> httpx.Response:
        """The service's answer to a call for somebody: success, or one of the refusals.

        Raises:
            DependencyError: when the service is away, late, or answers differently.
        """
        return await self._call(call, (*_SUCCESS, *refusals))

    def read(self, answer: httpx.Response, model: type[M]) -> M:
        """The body of an answer.

        Raises:
            DependencyError: when it is not what the service promises.
        """
        try:
            return model.model_validate_json(answer.content)
        except ValidationError:
            # Without its cause: that would quote the body, which may hold tokens.
            raise self._error(HTTPStatus.BAD_GATEWAY, "gave an unreadable answer") from None

    async def _call(self, call: Call, expected: Collection[int]) -> httpx.Response:
        headers = call.caller.headers
        try:
            answer = await self._http.request(
                call.method, call.path, json=call.body, headers=headers
            )
        except httpx.TimeoutException as error:
            raise self._error(HTTPStatus.GATEWAY_TIMEOUT, "did not answer in time") from error
        except httpx.ConnectError as error:
            raise self._error(HTTPStatus.SERVICE_UNAVAILABLE, "cannot be reached") from error
        except httpx.HTTPError as error:
            raise self._error(HTTPStatus.BAD_GATEWAY, "broke off its answer") from error
        if answer.status_code in expected:
            return answer
        status = next((s for s in _PASSED_ON if s == answer.status_code), HTTPStatus.BAD_GATEWAY)
        raise self._error(status, f"answered {answer.status_code}")

    def _error(self, status: HTTPStatus, what: str) -> DependencyError:
        return DependencyError(self.service, status, what)
