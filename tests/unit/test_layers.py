"""What import-linter cannot say: where the SDK is imported, and that imports do nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import otel_logging

PACKAGE = Path(otel_logging.__file__).parent
SDK_PLACES = ("launcher/", "bridge/", "redaction/exporters", "testing")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def test_the_sdk_is_imported_where_providers_and_exporters_are() -> None:
    """`opentelemetry.sdk` appears in launcher, bridge, the exporter wrappers and testing only."""
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(name.startswith("opentelemetry.sdk") for name in _imports(path))
    }

    assert found
    assert not [place for place in found if not place.startswith(SDK_PLACES)]


_PROBE = """
import importlib, logging, pkgutil, signal, sys, threading
import otel_logging
handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
factory, signals = logging.getLogRecordFactory(), signal.getsignal(signal.SIGTERM)
for module in pkgutil.walk_packages(otel_logging.__path__, "otel_logging."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
assert logging.getLogger().handlers == handlers, "a handler was installed"
assert logging.getLogger().level == level, "the level was changed"
assert logging.getLogRecordFactory() is factory, "the record factory was replaced"
assert signal.getsignal(signal.SIGTERM) is signals, "a signal handler was installed"
assert threading.active_count() == 1, "a thread was started"
"""


def test_importing_any_module_changes_nothing() -> None:
    """No import installs a handler, a signal handler or a thread."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
