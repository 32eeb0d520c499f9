"""From what was played and what lies around, to the result."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from security.places import PLACES
from security.run import Rested
from security.scanners import planted
from soak import memory, printed, stored
from soak.accounting import AROUND, Account, Excuses, Window, account
from soak.ground import Ground
from soak.result import Result
from soak.run import Played
from soak.schedule import SERVICES, Plan
from soak.traffic import IN_TEXT
from soak.watch import WINDOW, End


def judge(ground: Ground, played: Played, plan: Plan, unredacted: list[str]) -> Result:
    """Account for everything, and look for every secret."""
    kept = stored.read(ground.folder / "store" / "data")
    lines = {name: printed.read(ground.console(name)) for name in SERVICES}
    journal = played.journal
    return Result(
        plan=plan,
        schedule=played.planned,
        failed_faults=played.failed,
        restarts=played.watch.restarts,
        requests=journal.requests,
        refused=journal.failed,
        accounts=list(_accounts(played, lines, kept)),
        traces=_traces(played, kept),
        orders=_orders(played, lines),
        audit=_audit(ground, kept),
        repeats=_repeats(kept.records) + _repeats(kept.spans),
        memory=[
            one for name in ground.parts if (one := memory.growth(name, played.watch.memory[name]))
        ],
        stuck=played.stuck,
        locks=played.locks,
        secrets=len(played.traffic.secrets.plant.planted),
        leaks=leaks(ground, played),
        unredacted=unredacted,
    )


def _accounts(
    played: Played, lines: Mapping[str, printed.Printed], kept: stored.Stored
) -> Iterator[Account]:
    watch, dropped = played.watch, kept.dropped
    for name, told in lines.items():
        killed = [end.printed for end in watch.ends[name]]
        full = [
            (watch.printed(name, begin), watch.printed(name, end)) for begin, end in _full(played)
        ]
        records = Excuses(killed, full, dropped[name, "otlog.log.dropped"])
        spans = Excuses(killed, full, dropped[name, "otlog.span.dropped"])
        yield account(f"{name}: records", told.records, kept.records, records)
        yield account(f"{name}: spans", told.spans, kept.spans, spans)
    journal = played.journal
    yield _timed(played, "plain OTLP: records", journal.logs, kept.records)
    yield _timed(played, "plain OTLP: spans", journal.spans, kept.spans)


def _full(played: Played) -> list[tuple[float, float]]:
    """Return when what was written may have been lost with the Collector's disk."""
    return [(begin - AROUND, end + AROUND) for begin, end in played.full_disks]


def _traces(played: Played, kept: stored.Stored) -> Account:
    known, ends = kept.traces.get("gateway", set()), played.watch.ends["gateway"]
    return _timed(played, "answers", played.journal.traces, known, ends)


def _orders(played: Played, lines: Mapping[str, printed.Printed]) -> Account:
    told = set().union(*(one.outcomes for one in lines.values()))
    ends = [end for name in SERVICES for end in played.watch.ends[name]]
    return _timed(played, "orders", played.journal.orders, told, ends)


def _timed(
    played: Played,
    what: str,
    confirmed: Mapping[str, float],
    known: Collection[str],
    ends: Sequence[End] = (),
) -> Account:
    """Account for what was confirmed at some time, to the millisecond."""
    killed = [(end.at - WINDOW, end.at) for end in ends]
    excuses = Excuses(
        [_milliseconds(one) for one in killed], [_milliseconds(one) for one in _full(played)]
    )
    return account(what, {one: int(at * 1000) for one, at in confirmed.items()}, known, excuses)


def _milliseconds(times: tuple[float, float]) -> Window:
    return int(times[0] * 1000), int(times[1] * 1000)


def _audit(ground: Ground, kept: stored.Stored) -> Account:
    """Account for the rows of the audit trail: each has exactly one event."""
    with closing(sqlite3.connect(ground.accounts)) as database:
        rows = [row for (row,) in database.execute("SELECT id FROM audit_trail")]
    once = {one for one, events in kept.audited.items() if len(events) == 1}
    return account("audit trail", dict.fromkeys(rows, 0), once)


def _repeats(counts: Counter[str]) -> int:
    return counts.total() - len(counts)


def leaks(ground: Ground, played: Played) -> list[str]:
    """Search everything that was written for the planted secrets."""
    rested = Rested(ground.folder, played.traffic.secrets.plant.planted, {})
    found = planted(rested, _PLACES)
    return [
        f"{place}: {kind} ({count})"
        for place, secrets in found.items()
        for kind, count in sorted(Counter(secret.kind for secret in secrets).items())
    ]


_MOVED = {
    "services: spools": ("*/data/spool/**/*",),
    "accounts database": ("auth-service/data/*",),
    "Collector: output": ("collector/*.log", "store/*.log"),
}
"""Files that a soak has elsewhere than an audit."""

_PLACES = [
    replace(
        place,
        globs=_MOVED.get(place.name, place.globs),
        # What an order and an event say is in their messages; the password must go no further.
        may_hold=place.may_hold | set(IN_TEXT) if place.name == "broker" else place.may_hold,
    )
    for place in PLACES
    if not place.globs[0].startswith("kept/")
]
