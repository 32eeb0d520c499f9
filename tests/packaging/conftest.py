"""The built wheel in an environment that knows nothing of this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PEERS = ("fastapi", "uvicorn", "gunicorn", "uvicorn-worker")


@dataclass(frozen=True)
class CleanEnvironment:
    """A virtual environment with the wheel, and the variables to run in it."""

    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def variables(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OTEL_", "OTLOG_", "PYTHON", "VIRTUAL_ENV"))
        }
        return {**kept, "PATH": f"{self.bin}:{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}


def _uv() -> str:
    found = shutil.which("uv") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
    if not Path(found).exists():
        pytest.skip("no uv: run `make setup`")
    return found


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `uv build` makes of the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([_uv(), "build", "--wheel", "--quiet", "--out-dir", folder, ROOT], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    """An empty environment into which the wheel and a web framework were installed."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([_uv(), "venv", "--quiet", "--python", "3.11", folder], check=True)
    subprocess.run(
        [_uv(), "pip", "install", "--quiet", "-c", ROOT / "requirements.lock", wheel, *PEERS],
        env={**os.environ, "VIRTUAL_ENV": str(folder)},
        check=True,
    )
    return CleanEnvironment(folder)
