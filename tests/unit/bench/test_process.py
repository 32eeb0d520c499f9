"""Variants in processes of their own."""

import pytest

from bench import process
from bench.bridge import CASES, SETUPS
from bench.process import Case, Setup, VariantProcess, WrongCountError

OTHERS = {
    "stdlib_json",
    "structlog_json",
    "loguru_json",
    "logfire_handler",
    "opentelemetry_console",
}
"""Variants whose libraries are only in the benches' own environment."""


@pytest.mark.parametrize(
    "setup", [each for each in SETUPS if each.module not in OTHERS], ids=lambda each: each.label
)
def test_a_variant_writes_every_record_and_tells_its_time(setup, tmp_path):
    """The caller's time is part of the process's, and every record is there."""
    with VariantProcess(setup, tmp_path / "variant") as variant:
        for case in (Case(records=64), Case(records=64, threads=4, errors=True)):
            result = variant.run(case, seed=1)

            assert 0 < result["caller"] <= result["total"]


def test_the_lag_of_an_event_loop_is_measured(tmp_path):
    """A lag is positive: a loop is never early."""
    with VariantProcess(SETUPS[0], tmp_path / "variant") as variant:
        assert variant.run(Case(records=400, rate=4_000), seed=1)["lag"] > 0


def test_a_variant_that_loses_records_is_no_result(tmp_path, monkeypatch):
    """A pipeline that drops records is quick and must not look so."""
    monkeypatch.setattr(process, "PATIENCE", 0.2)
    setup = Setup(
        "opentelemetry_handler", "off", exports=True, environ=(("OTEL_SDK_DISABLED", "true"),)
    )
    with (
        VariantProcess(setup, tmp_path / "variant") as variant,
        pytest.raises(WrongCountError, match="0 records of 64"),
    ):
        variant.run(Case(records=64), seed=1)


def test_a_variant_that_cannot_start_says_why(tmp_path):
    """The error has the end of what the process wrote on standard error."""
    with pytest.raises(RuntimeError, match="No module named"):
        VariantProcess(Setup("missing", "missing"), tmp_path / "variant")


def test_batches_come_out_even():
    """OpenTelemetry sends 512 records at once; a rest would wait for its timer."""
    assert {0} == {case.records % 512 for case in CASES.values()}
