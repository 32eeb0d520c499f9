"""Integrations without the framework that they are for."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("framework", ["fastapi", "aio_pika", "grpc"])
def test_nothing_without_the_framework(framework: str) -> None:
    """Importing and instrumenting is harmless where the framework is not installed."""
    code = f"""
import sys
hidden = {{"fastapi", "starlette", "aio_pika", "aiormq", "pamqp", "grpc"}}
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hide())
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name in hidden else find_spec(name)
from otel_logging.integrations import {framework} as integration
integration.instrument()
integration.uninstrument()
assert not hidden & set(sys.modules), hidden & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


@pytest.mark.parametrize("framework", ["fastapi", "aio_pika", "grpc"])
def test_importing_changes_nothing(framework: str) -> None:
    """Importing an integration does not import, let alone patch, its framework."""
    code = f"""
import sys
import otel_logging.integrations.{framework}
assert "{framework}" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
