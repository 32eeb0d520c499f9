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
from soak.accounting import Account, Window, account
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
    for name, told in lines.items():
        windows = [end.printed for end in played.watch.ends[name]]
        dropped = kept.dropped
        counted = dropped[name, "otlog.log.dropped"], dropped[name, "otlog.span.dropped"]
        yield account(f"{name}: records", told.records, kept.records, windows, counted[0])
        yield account(f"{name}: spans", told.spans, kept.spans, windows, counted[1])
    journal = played.journal
    yield account("plain OTLP: records", dict.fromkeys(journal.logs, 0), kept.records)
    yield account("plain OTLP: spans", dict.fromkeys(journal.spans, 0), kept.spans)


def _traces(played: Played, kept: stored.Stored) -> Account:
    ends = played.watch.ends["gateway"]
    return _timed("answers", played.journal.traces, kept.traces.get("gateway", set()), ends)


def _orders(played: Played, lines: Mapping[str, printed.Printed]) -> Account:
    told = set().union(*(one.outcomes for one in lines.values()))
    ends = [end for name in SERVICES for end in played.watch.ends[name]]
    return _timed("orders", played.journal.orders, told, ends)


def _timed(
    what: str, confirmed: Mapping[str, float], known: Collection[str], ends: Sequence[End]
) -> Account:
    """Account for what was confirmed at some time, to the millisecond."""
    windows: list[Window] = [(int((end.at - WINDOW) * 1000), int(end.at * 1000)) for end in ends]
    return account(what, {one: int(at * 1000) for one, at in confirmed.items()}, known, windows)


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
