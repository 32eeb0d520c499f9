"""The facade exports what it says and changes nothing when imported."""

import subprocess
import sys
import types

import otel_logging


def test_all_is_the_namespace():
    """Everything public is listed, and everything listed is there."""
    public = {
        name
        for name, value in vars(otel_logging).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert sorted({*public, "__version__"}) == sorted(otel_logging.__all__)


def test_importing_changes_nothing():
    """Root logger, providers, signal handlers and hooks stay as Python set them."""
    program = """
import logging, signal, sys, threading
def state():
    root = logging.getLogger()
    return (root.level, list(root.handlers), logging.Logger.callHandlers,
            signal.getsignal(signal.SIGTERM), sys.excepthook, threading.excepthook,
            threading.active_count())
before = state()
import otel_logging, otel_logging.launcher.setup
assert before == state(), (before, state())
assert "opentelemetry.sdk.trace" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_the_facade_does_not_load_the_sdk():
    """A module that only logs does not pay for it."""
    program = "import otel_logging, sys; assert 'opentelemetry.sdk' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
