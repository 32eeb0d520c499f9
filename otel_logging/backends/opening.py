"""From a URL to the backend that it names."""

from __future__ import annotations

from urllib.parse import urlsplit

from otel_logging.backends.interface import Backend, BackendError
from otel_logging.backends.loki_tempo import LokiTempoBackend
from otel_logging.backends.store import StoreBackend

LOKI_TEMPO = "loki+tempo:"
"""Before the two URLs of Loki and Tempo, with a comma between them."""


def open_backend(url: str) -> Backend:
    """Return the backend of a URL.

    `http://…` and `https://…` are the embedded store;
    `loki+tempo:http://HOST:3100,http://HOST:3200` are Loki and Tempo.

    Raises:
        BackendError: When the URL names none.
    """
    if url.startswith(LOKI_TEMPO):
        urls = url.removeprefix(LOKI_TEMPO).split(",")
        if len(urls) == 2 and all(_is_http(one) for one in urls):
            return LokiTempoBackend(*urls)
        raise BackendError(f"give both URLs: {LOKI_TEMPO}http://HOST:3100,http://HOST:3200")
    if _is_http(url):
        return StoreBackend(url)
    raise BackendError(
        f"backend {url!r} is not known; give the store's URL, http://HOST:PORT, "
        f"or {LOKI_TEMPO}http://HOST:3100,http://HOST:3200"
    )


def _is_http(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
