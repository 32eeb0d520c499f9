"""Asking one HTTP API."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from otel_logging.backends.interface import BackendError

TIMEOUT_SECONDS = 60.0


class Source:
    """One server; its URL may have a path, and a user and password for basic authentication."""

    def __init__(self, name: str, url: str, headers: Mapping[str, str]) -> None:
        self._name = name
        # The URL is named in errors, which nobody expects to hold a password.
        self.where = str(httpx.URL(url).copy_with(userinfo=b""))
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, headers=dict(headers))

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Return the answer, 404 included.

        Raises:
            BackendError: When there is none, or it tells of another error.
        """
        try:
            response = self._client.get(path, params=params, headers=headers)
        except httpx.ConnectError as error:
            raise BackendError(
                f"no {self._name} answers at {self.where}: is it running, and is that its URL?"
            ) from error
        except httpx.HTTPError as error:
            raise BackendError(f"{self._name} at {self.where} did not answer: {error}") from error
        if response.is_error and response.status_code != httpx.codes.NOT_FOUND:
            told = f"{response.status_code}: {response.text.strip()[:500]}"
            raise BackendError(f"{self._name} at {self.where} answered with {told}")
        return response

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
