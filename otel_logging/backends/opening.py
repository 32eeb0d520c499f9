"""From a URL to the backend that it names."""

from __future__ import annotations

from urllib.parse import urlsplit

from otel_logging.backends.interface import Backend, BackendError
from otel_logging.backends.store import StoreBackend


def open_backend(url: str) -> Backend:
    """Return the backend of a URL: `http://…` and `https://…` are the embedded store.

    Raises:
        BackendError: When the URL names none.
    """
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"} and parts.netloc:
        return StoreBackend(url)
    raise BackendError(f"backend {url!r} is not known; give the store's URL, http://HOST:PORT")
