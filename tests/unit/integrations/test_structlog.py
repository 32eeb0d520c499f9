"""structlog's events come out of `logging` as records, with every method and level."""

import logging

import pytest

from otel_logging.integrations import structlog as integration
from otel_logging.settings import TRACE

structlog = pytest.importorskip("structlog")


@pytest.fixture
def instrumented():
    """structlog routed into `logging`, and back to its defaults afterwards."""
    integration.instrument()
    yield
    structlog.contextvars.clear_contextvars()
    integration.uninstrument()


@pytest.fixture
def log(instrumented, caplog):
    """A structlog logger of which every level is seen."""
    caplog.set_level(1)
    return structlog.get_logger("shop")


@pytest.mark.parametrize(
    ("method", "level"),
    [
        ("trace", TRACE),
        ("debug", logging.DEBUG),
        ("info", logging.INFO),
        ("warn", logging.WARNING),
        ("warning", logging.WARNING),
        ("error", logging.ERROR),
        ("critical", logging.CRITICAL),
        ("fatal", logging.CRITICAL),
    ],
)
def test_every_method_has_its_level(log, caplog, method, level):
    """And its event, and what was bound."""
    getattr(log.bind(a=1), method)("sold %s", "cup", b=2)
    (record,) = caplog.records

    assert ("shop", level, "sold cup", 1, 2) == (
        record.name,
        record.levelno,
        record.getMessage(),
        record.a,
        record.b,
    )


def test_levels_of_any_number(log, caplog):
    """structlog's own logger for `logging` fails with a KeyError."""
    log.log(25, "x")
    assert [record.levelno for record in caplog.records] == [25]


@pytest.mark.parametrize("method", ["adebug", "ainfo", "awarning", "aerror", "acritical"])
async def test_asynchronous_methods(log, caplog, method):
    """They write from a thread, in the caller's context."""
    structlog.contextvars.bind_contextvars(request=7)
    await getattr(log, method)("x")
    assert [record.request for record in caplog.records] == [7]


def test_exceptions_stay_exceptions(log, caplog):
    """Not text made by a renderer."""
    try:
        int("x")
    except ValueError:
        log.exception("x")
    (record,) = caplog.records

    assert ValueError is record.exc_info[0]


def test_an_applications_own_processors_run_but_do_not_render(log, caplog):
    """Its configuration adds fields; timestamp and level are the record's own."""

    def add_tenant(logger, method, event):
        return {**event, "tenant": "acme"}

    structlog.configure(
        [
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(),
            structlog.processors.format_exc_info,
            add_tenant,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )
    structlog.get_logger("shop").info("x", name="clash")
    (record,) = caplog.records

    assert (record.getMessage(), record.tenant, record.name_) == ("x", "acme", "clash")
    assert not hasattr(record, "level")
    assert not hasattr(record, "timestamp")


def test_disabled_levels_cost_no_processing(instrumented, caplog):
    """The level of the standard logger decides."""
    caplog.set_level(logging.ERROR, "shop.quiet")
    structlog.configure([lambda *_: pytest.fail("processed")])
    structlog.get_logger("shop.quiet").info("x")
    assert caplog.records == []
