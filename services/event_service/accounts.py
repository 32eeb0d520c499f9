"""What auth-service knows of users."""

from __future__ import annotations

import httpx
from pydantic import BaseModel


class User(BaseModel):
    """A user of auth-service."""

    user_id: str
    roles: list[str]


class Accounts:
    """Ask auth-service, by an HTTP client whose base URL it is."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def find(self, user_id: str) -> User | None:
        """The user with this ID, if there is one.

        Raises:
            httpx.HTTPError: when auth-service gives no answer, or an error.
        """
        answer = await self._http.get(f"/users/{user_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return User.model_validate_json(answer.raise_for_status().content)
