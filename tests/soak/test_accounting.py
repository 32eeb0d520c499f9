"""What a soak calls lost, killed, dropped and grown, on small data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb

from otel_logging.store.tables import TABLES
from soak import printed, stored
from soak.accounting import Account, Excuses, account
from soak.memory import MOST_PER_CENT, WARM_UP, growth

MINUTES = range(0, 1200, 5)


def test_what_is_missing_is_excused_or_lost() -> None:
    """Killed, then with the Collector's disk, then dropped; what nothing accounts for is lost."""
    written = {"kept": 0, "early": 10, "full": 50, "late": 90, "later": 95}
    excuses = Excuses(killed=[(80, 100)], full_disk=[(40, 60), (85, 91)])

    told = account("s", written, {"kept"}, excuses)
    counted = account("s", written, {"kept"}, replace(excuses, counted=5))
    whole = account("s", written, set(written), replace(excuses, counted=5))

    assert told == Account("s", 5, stored=1, killed=2, full_disk=1, dropped=0, lost=1)
    assert counted == Account("s", 5, stored=1, killed=2, full_disk=1, dropped=1, lost=0)
    assert whole == Account("s", 5, stored=5)


def test_what_was_printed_is_read_with_its_place(tmp_path: Path) -> None:
    """Records that were to be sent, their spans, and outcomes; other lines are left out."""
    lines = [
        _line("a", "s1"),
        "a traceback\n",
        _line("b", "s1", {"event.type": "order.completed", "order.id": "o1"}),
        _line("own", None, exported=False),
        _line("late", "s0", {"audit.record.id": "a1"}),
    ]
    (tmp_path / "log").write_text("".join(lines))

    found = printed.read(tmp_path / "log")

    second = len(lines[0]) + len(lines[1])
    assert found.records == {"a": 0, "b": second, "late": sum(map(len, lines[:4]))}
    assert found.spans == {"s1": second}
    assert found.outcomes == {"o1"}


def test_what_a_store_holds_is_counted_by_id(tmp_path: Path) -> None:
    """Repeats, events of the audit trail, and drops by the last value of each process."""
    with duckdb.connect(str(tmp_path / "20260101T00.duckdb")) as database:
        for table in TABLES:
            database.execute(table.ddl("main"))
        audited = json.dumps({"audit.record.id": "a1"})
        for uid, attributes in (("u1", "{}"), ("u1", "{}"), ("u2", audited), ("u3", audited)):
            database.execute("INSERT INTO logs (uid, attributes) VALUES (?, ?)", [uid, attributes])
        database.execute(
            "INSERT INTO spans (trace_id, span_id, service) VALUES ('t1', 's1', 'gateway')"
        )
        for start, value in ((1, 2.0), (1, 5.0), (9, 1.0)):
            database.execute(
                "INSERT INTO metrics (service, name, series, start_ns, value)"
                " VALUES ('gateway', 'otlog.log.dropped', 'x', ?, ?)",
                [start, value],
            )

    found = stored.read(tmp_path)

    assert found.records == {"u1": 2, "u2": 1, "u3": 1}
    assert found.traces == {"gateway": {"t1"}}
    assert found.audited == {"a1": {"u2", "u3"}}
    assert found.dropped == {("gateway", "otlog.log.dropped"): 6}


def test_a_leak_is_growth_and_a_busy_minute_is_not() -> None:
    """A slow, steady climb is found; a spike and a short life are not taken for one."""
    leak = [(float(age), 100_000_000 + 30_000 * age) for age in MINUTES]
    spike = [(float(age), 200_000_000 if 600 < age < 660 else 100_000_000) for age in MINUTES]

    leaking, busy = growth("leak", [leak]), growth("busy", [spike])

    assert leaking is not None
    assert busy is not None
    assert leaking.per_cent > MOST_PER_CENT
    assert round(leaking.per_hour) == 108
    assert (busy.per_cent, busy.per_hour) == (0, 0)
    assert growth("short", [leak[: int(WARM_UP) // 5 + 10]]) is None


def _line(
    uid: str, span: str | None, more: dict[str, str] | None = None, *, exported: bool = True
) -> str:
    record = {
        "timestamp": "2026-01-01T00:00:00Z",
        "span_id": span,
        "attributes": {"log.record.uid": uid, **(more or {})},
        "resource": {"otlog.log.exported": True} if exported else {},
    }
    return json.dumps(record, separators=(",", ":")) + "\n"
