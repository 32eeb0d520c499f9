"""`otel-logging capacity`: cores, Collectors, Loki, Tempo and storage for a load."""

from __future__ import annotations

import argparse

from rich.table import Table

from otel_logging.capacity.measured import Measured, measured
from otel_logging.capacity.model import SPANS_PER_RECORD, STORAGE_PRICE, Capacity, Load, capacity
from otel_logging.capacity.vendors import Component
from otel_logging.cli.output import console, print_json

_NAMES = {
    "process": "in the services, together",
    "collector": "Collectors, with redaction",
    "store": "embedded store",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    sizes = measured().sizes
    add = parser.add_argument
    add("--records-per-second", type=_above_zero, required=True, metavar="N", help="log records")
    add(
        "--spans-per-second",
        type=_not_below_zero,
        metavar="N",
        help=f"spans ({SPANS_PER_RECORD:g} for each record)",
    )
    add(
        "--record-bytes",
        type=_above_zero,
        default=round(sizes.record_bytes),
        metavar="N",
        help="a record in OTLP, uncompressed (%(default)s)",
    )
    add(
        "--span-bytes",
        type=_above_zero,
        default=round(sizes.span_bytes),
        metavar="N",
        help="a span in OTLP, uncompressed (%(default)s)",
    )
    _add_storage(parser, sizes.compression)
    add(
        "--collector-cores",
        type=_above_zero,
        default=4,
        metavar="N",
        help="cores of one Collector (%(default)s)",
    )
    add(
        "--utilisation",
        type=_share,
        default=0.6,
        metavar="SHARE",
        help="of its cores that is planned for (%(default)s)",
    )
    add("--json", action="store_true", help="print JSON")


def _add_storage(parser: argparse.ArgumentParser, compression: float) -> None:
    add = parser.add_argument
    add(
        "--retention",
        type=_above_zero,
        default=31,
        metavar="DAYS",
        help="how long records are kept (%(default)s)",
    )
    add(
        "--trace-retention",
        type=_above_zero,
        default=14,
        metavar="DAYS",
        help="how long traces are kept (%(default)s)",
    )
    add(
        "--replicas",
        type=int,
        choices=range(1, 10),
        default=1,
        metavar="N",
        help="how often what is kept is stored (%(default)s)",
    )
    add(
        "--storage-price",
        type=_not_below_zero,
        default=STORAGE_PRICE,
        metavar="USD",
        help="of a gigabyte a month (%(default)s)",
    )
    add(
        "--compression",
        type=_above_zero,
        default=round(compression, 1),
        metavar="TIMES",
        help="how many times smaller the stores make it (%(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Print what the load needs."""
    found = capacity(_load(options))
    if options.json:
        print_json(found)
    else:
        _print(found, measured())
    return 0


def _load(options: argparse.Namespace) -> Load:
    spans = options.spans_per_second
    return Load(
        records=options.records_per_second,
        spans=options.records_per_second * SPANS_PER_RECORD if spans is None else spans,
        record_bytes=options.record_bytes,
        span_bytes=options.span_bytes,
        log_days=options.retention,
        trace_days=options.trace_retention,
        copies=options.replicas,
        price=options.storage_price,
        compression=options.compression,
        collector_cores=options.collector_cores,
        utilisation=options.utilisation,
    )


def _print(found: Capacity, costs: Measured) -> None:
    load, out = found.load, console()
    out.print(
        f"{load.records:,.0f} records a second of {load.record_bytes:.0f} bytes, "
        f"{load.spans:,.0f} spans a second of {load.span_bytes:.0f} bytes"
    )
    out.print(f"\nCPU, from costs measured on {costs.machine} ({costs.measured[:10]})")
    out.print(_stages(found))
    out.print(
        f"Collectors: {found.collectors:,}, each with {load.collector_cores:g} cores of which "
        f"{load.utilisation:.0%} are planned for"
    )
    out.print("\nProcesses, calculated from sizes that Grafana documents")
    out.print(_components(found))
    out.print("\nStorage, calculated")
    out.print(_storage(found))


def _stages(found: Capacity) -> Table:
    table = _table("stage", "µs a record", "µs a span", "cores in use")
    for part in found.stages:
        numbers = (f"{part.record_us:,.1f}", f"{part.span_us:,.1f}", f"{part.cores:,.2f}")
        table.add_row(_NAMES[part.stage], *numbers)
    return table


def _components(found: Capacity) -> Table:
    table = _table("component", "processes", "cores requested")
    for system, components in (("Loki", found.loki), ("Tempo", found.tempo)):
        for one in components:
            table.add_row(f"{system} {one.name}", f"{one.processes:,}", _cores(one))
    return table


def _cores(component: Component) -> str:
    return "not documented" if component.cores is None else f"{component.cores:,g}"


def _storage(found: Capacity) -> Table:
    table = _table("", "MB a second", "days", "GB kept", "USD a month")
    rows = (
        ("logs", found.logs, found.load.log_days),
        ("traces", found.traces, found.load.trace_days),
    )
    for name, one, days in rows:
        table.add_row(
            name,
            f"{one.bytes_a_second / 1e6:,.2f}",
            f"{days:g}",
            f"{one.gigabytes:,.1f}",
            f"{one.usd_a_month:,.2f}",
        )
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _above_zero(text: str) -> float:
    number = _not_below_zero(text)
    if number == 0:
        raise argparse.ArgumentTypeError("expected a number above 0")
    return number


def _not_below_zero(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 up")
    return number


def _share(text: str) -> float:
    number = _above_zero(text)
    if number > 1:
        raise argparse.ArgumentTypeError("expected a share, above 0 and up to 1")
    return number
