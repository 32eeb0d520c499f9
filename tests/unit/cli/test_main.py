"""The command line itself: help, version, exit codes, missing extras."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from otel_logging import cli
from otel_logging.cli.commands import COMMANDS

COMMAND = Path(sys.executable).with_name("otel-logging")


def call(*words: str) -> tuple[int, str]:
    """Run the command in a process of its own; return its exit code and all that it says."""
    found = subprocess.run([COMMAND, *words], capture_output=True, text=True, check=False)
    return found.returncode, found.stdout + found.stderr


def test_help_names_every_command() -> None:
    """The list of commands is complete, each with what it does."""
    code, text = call("--help")

    assert code == 0
    for command in COMMANDS.values():
        assert command.name in text
        assert command.help in " ".join(text.split())


@pytest.mark.parametrize(
    "words", [[], ["bogus"], ["trace"], ["logs", "--since", "x"], ["logs", "--x"]]
)
def test_wrong_usage_is_exit_code_2(words: list[str]) -> None:
    """Usage errors are told apart from failures."""
    code, text = call(*words)

    assert code == 2
    assert "usage:" in text
    assert "Traceback" not in text


def test_the_version_is_told() -> None:
    """It is the package's own."""
    assert call("--version") == (0, "otel-logging 0.1.0\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every entry of the table leads to a module that can be asked for its options."""
    with pytest.raises(SystemExit) as caught:
        cli.main([name, "--help"])

    assert caught.value.code == 0
    assert f"otel-logging {name}" in capsys.readouterr().out


def test_a_missing_extra_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the store's dependencies the command says what to install."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    for name in [name for name in sys.modules if name.startswith("otel_logging.store")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "otel_logging.cli.store", raising=False)

    assert cli.main(["store", "--folder", "x"]) == 1
    assert "pip install 'otel-logging[store]'" in capsys.readouterr().err


def test_a_defect_is_not_taken_for_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of our own that cannot be imported is an error to be seen."""

    def broken(name: str) -> None:
        raise ModuleNotFoundError(name=f"{name}.gone")

    monkeypatch.setattr(importlib, "import_module", broken)

    with pytest.raises(ModuleNotFoundError):
        cli.main(["store", "--folder", "x"])


def test_the_dispatcher_imports_no_command() -> None:
    """Commands of the core work without the extras of the others."""
    code = (
        "import sys, otel_logging.cli; print({'duckdb', 'starlette', 'httpx'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "set()\n"
