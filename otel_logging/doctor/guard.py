"""Proof that the search would find a leak: a canary without redaction, in a scratch store."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx

from otel_logging.backends import Backend, LogQuery, open_backend
from otel_logging.doctor.launch import Launched, launch
from otel_logging.doctor.leaks import in_store, in_what_was_read
from otel_logging.doctor.outcome import StepError
from otel_logging.doctor.planted import SURFACES
from otel_logging.doctor.sources import StoreMetrics
from otel_logging.doctor.waiting import until

_TOKEN: Final = "OTLOG_STORE_TOKEN"  # noqa: S105 - a variable's name
_LISTENING: Final = re.compile(rb"listening on (http://\S+?),? ")
_START_SECONDS: Final = 60.0
_OURS: Final = ("OTEL_EXPORTER_OTLP_", "OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE")


def prove(environ: Mapping[str, str], since_ns: int) -> str:
    """See every planted secret found where nothing is redacted.

    Returns:
        How many were found.

    Raises:
        StepError: Not all were: the search would not see a leak there.
    """
    with _scratch_store() as url:
        kept = {name: value for name, value in environ.items() if not name.startswith(_OURS)}
        bare = launch({**kept, "OTEL_EXPORTER_OTLP_ENDPOINT": url}, redaction=False)
        backend = open_backend(url)
        try:
            searches = {
                "reading back": _read(bare, backend, since_ns),
                "the store's search": in_store(bare.planted, url),
            }
        finally:
            backend.close()
    for name, found in searches.items():
        if missed := sorted(SURFACES.keys() - set(found)):
            raise StepError(f"{name} misses {', '.join(missed)}", _DEFECT)
    return f"all {len(SURFACES)} planted secrets found where redaction is off"


_DEFECT: Final = "this is a defect of the check, not of your pipeline: please report it"


def _read(bare: Launched, backend: Backend, since_ns: int) -> list[str]:
    records = backend.search_logs(LogQuery(limit=1000))
    trace = backend.trace(bare.sent.trace_ids[0])
    points = StoreMetrics(backend, since_ns).canary(bare.planted.nonce)
    return in_what_was_read(bare.planted, records, trace, points)


@contextlib.contextmanager
def _scratch_store() -> Iterator[str]:
    """Run a store on an empty folder; yield its URL."""
    with tempfile.TemporaryDirectory(prefix="otel-logging-doctor-") as folder:
        words = ("store", "--folder", str(Path(folder) / "store"), "--port", "0")
        store = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _STORE, *words],
            stderr=subprocess.PIPE,
            # Nobody but this check asks it, and it knows no token.
            env={name: value for name, value in os.environ.items() if name != _TOKEN},
        )
        try:
            url = _address(store)
            until(lambda: _answers(url), time.monotonic() + _START_SECONDS)
            yield url
        finally:
            store.terminate()
            store.wait()


_STORE: Final = "import sys; from otel_logging.cli import main; sys.exit(main())"


def _address(store: subprocess.Popen[bytes]) -> str:
    assert store.stderr is not None
    for line in store.stderr:
        if found := _LISTENING.search(line):
            return found[1].decode()
    raise StepError("a scratch store does not start", "try `otel-logging store --folder DIR`")


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}/healthz").is_success
    return False
