"""loguru's messages come out of `logging` as records, with every method and level."""

import sys

import pytest

from otel_logging.integrations import loguru as integration

loguru = pytest.importorskip("loguru")


@pytest.fixture
def logger(caplog):
    """loguru's logger, routed into `logging`, of which every level is seen."""
    caplog.set_level(1)
    integration.instrument()
    yield loguru.logger
    integration.uninstrument()


@pytest.mark.parametrize(
    ("method", "level", "name"),
    [
        ("trace", 5, "TRACE"),
        ("debug", 10, "DEBUG"),
        ("info", 20, "INFO"),
        ("success", 25, "SUCCESS"),
        ("warning", 30, "WARNING"),
        ("error", 40, "ERROR"),
        ("critical", 50, "CRITICAL"),
    ],
)
def test_every_method_has_its_level(logger, caplog, method, level, name):
    """With message, fields, place and time."""
    getattr(logger.bind(a=1), method)("sold {}", "cup", b=2)
    (record,) = caplog.records

    assert (level, name, "sold cup", 1, 2, "test_every_method_has_its_level") == (
        record.levelno,
        record.levelname,
        record.getMessage(),
        record.a,
        record.b,
        record.funcName,
    )


def test_exceptions_stay_exceptions(logger, caplog, capsys):
    """Not text with the values of local variables in it."""
    try:
        int("x")
    except ValueError:
        logger.exception("x")
    (record,) = caplog.records

    assert ValueError is record.exc_info[0]
    assert capsys.readouterr().err == ""


def test_the_console_is_the_bridges_and_files_stay(logger, caplog, capsys, tmp_path):
    """`remove()` and a sink on standard output are what every tutorial begins with."""
    logger.remove()
    logger.add(sys.stdout, serialize=True)
    logger.add(sys.stderr)
    logger.add(tmp_path / "own.log", format="{message}")
    with logger.contextualize(tenant="acme"):
        logger.info("here")

    assert [record.tenant for record in caplog.records] == ["acme"]
    assert tuple(capsys.readouterr()) == ("", "")
    assert (tmp_path / "own.log").read_text() == "here\n"


def test_the_bridge_cannot_be_removed_by_its_number(logger, caplog):
    """A program that removes sink after sink keeps its records."""
    logger.remove(logger.add(sys.stderr))
    logger.info("here")
    assert len(caplog.records) == 1


def test_levels_of_ones_own(logger, caplog):
    """By name and number."""
    logger.level("AUDIT", no=35)
    logger.log("AUDIT", "x")
    logger.log(12, "y")
    assert [(record.levelno, record.levelname) for record in caplog.records] == [
        (35, "AUDIT"),
        (12, "Level 12"),
    ]
