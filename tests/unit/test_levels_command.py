"""`otel-logging levels`: what it writes into the file, and what it says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from otel_logging.cli import main
from otel_logging.levels.file import Change, read
from otel_logging.levels.request import verify

KEY = "k" * 32


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the variable names."""
    path = tmp_path / "levels.yaml"
    monkeypatch.setenv("OTLOG_LEVELS_FILE", str(path))
    return path


def test_a_level_is_set_with_its_end_and_its_reason(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what was done."""
    before = dt.datetime.now(dt.UTC)
    words = ["--logger", "shop", "--service", "gateway", "--for", "10m", "--why", "a try"]

    assert main(["levels", "set", "debug", *words, "--who", "mia"]) == 0

    (change,) = read(file)
    assert change.until is not None
    assert dt.timedelta(minutes=9) < change.until - before < dt.timedelta(minutes=11)
    expected = Change("DEBUG", "shop", "gateway", change.until, "mia", "a try")
    assert change == expected
    line = f"gateway  shop  DEBUG  until {change.until:%Y-%m-%dT%H:%M:%SZ}  by mia  a try\n"
    assert capsys.readouterr().out == line


def test_who_is_the_user_unless_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to say their name."""
    monkeypatch.setenv("LOGNAME", "noah")

    main(["levels", "set", "INFO"])

    assert read(file) == [Change("INFO", who="noah")]


def test_a_second_change_takes_the_place_of_the_first(file: Path) -> None:
    """For the same service and logger only; what is over goes."""
    file.write_text("levels: [{level: INFO, logger: old, until: 2020-01-01T00:00:00Z}]")

    for words in (["DEBUG"], ["DEBUG", "--service", "gateway"], ["ERROR"]):
        main(["levels", "set", *words, "--who", "mia"])

    assert read(file) == [Change("DEBUG", service="gateway", who="mia"), Change("ERROR", who="mia")]


def test_reset_says_who_and_list_shows_what_is_left(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reset itself stays in the file for a while, so that services can say who it was."""
    main(["levels", "set", "DEBUG", "--logger", "a", "--who", "mia"])
    main(["levels", "set", "DEBUG", "--logger", "b", "--who", "mia"])
    capsys.readouterr()

    assert main(["levels", "reset", "--logger", "a", "--who", "noah"]) == 0
    assert main(["levels", "list"]) == 0

    assert capsys.readouterr().out == "(all services)  b  DEBUG  until reset  by mia\n"
    reset = read(file)[-1]
    assert (reset.level, reset.logger, reset.who) == ("DEFAULT", "a", "noah")


def test_list_can_show_one_service(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By name; what is over is not shown."""
    file.write_text(
        "levels:\n"
        "  - {level: DEBUG, service: gateway}\n"
        "  - {level: DEBUG, service: other}\n"
        "  - {level: DEBUG, service: gateway, logger: x, until: 2020-01-01T00:00:00Z}\n"
    )

    main(["levels", "list", "--service", "gateway"])

    assert capsys.readouterr().out == "gateway  (root)  DEBUG  until reset\n"


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["reset", "--logger", "a"], 1, "changes nothing for all services, a"),
        (["set", "LOUD"], 2, "expected one of TRACE"),
        (["set", "INFO", "--for", "soon"], 2, "'soon' is no time such as 30s"),
        (["set", "INFO", "--file", "/no/such/folder/x.yaml"], 1, "No such file or directory"),
        (["header"], 1, "set OTLOG_DEBUG_KEY to the key"),
    ],
)
def test_what_cannot_be_done_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, text: str
) -> None:
    """One line, and no file is left behind."""
    try:
        found = main(["levels", *words])
    except SystemExit as error:
        found = int(error.code or 0)

    assert found == code
    assert text in capsys.readouterr().err
    assert not file.exists()


def test_a_broken_file_is_left_alone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What somebody wrote by hand is not lost."""
    file.write_text("levels: [{level: LOUD}]")

    assert main(["levels", "set", "DEBUG"]) == 1

    assert f"{file}:1: expected one of TRACE" in capsys.readouterr().err
    assert file.read_text() == "levels: [{level: LOUD}]"


def test_a_file_must_be_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By option or variable."""
    monkeypatch.delenv("OTLOG_LEVELS_FILE", raising=False)

    assert main(["levels", "list"]) == 1
    assert "give --file, or set OTLOG_LEVELS_FILE" in capsys.readouterr().err


def test_a_header_can_be_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a client sends it, good for as long as was asked, an hour at most."""
    monkeypatch.setenv("OTLOG_DEBUG_KEY", KEY)

    assert main(["levels", "header", "--who", "mia", "--why", "a try"]) == 0
    name, _, value = capsys.readouterr().out.strip().partition(": ")
    assert main(["levels", "header", "--for", "2h"]) == 1

    claims = verify(value, KEY)
    assert name == "x-log-debug"
    assert claims is not None
    assert (claims.who, claims.why) == ("mia", "a try")
