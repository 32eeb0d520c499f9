"""What a soak came to, as data: `soak/results/seed-N.json`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from soak.accounting import Account
from soak.memory import MOST_PER_CENT, Growth
from soak.schedule import Plan, Planned

FOLDER = Path(__file__).with_name("results")


class Result(msgspec.Struct, frozen=True):
    """One run.

    Attributes:
        plan: What was asked for.
        schedule: The faults, as they were planned and played.
        failed_faults: Faults that could not be played, and why.
        restarts: Processes that had ended by themselves, and were started again.
        requests: Requests that were sent.
        refused: Requests without an answer, or with one of 500 and above.
        accounts: What became of records and spans, by sender.
        traces: Answers of success, and how many of them have their span in the store; what is
            missing was answered in the last seconds of a gateway that was killed.
        orders: Orders that were accepted, and of how many the outcome was told.
        audit: Rows of the audit trail, and those with exactly one event in the store.
        repeats: Rows of the store that say again what another says.
        memory: By process.
        stuck: What did not answer, get on or run dry at the end.
        locks: Locks that were held at the end.
        secrets: Planted secrets that were looked for.
        leaks: Places where one was found, and which kind.
        unredacted: What the same search finds in a short run with redaction off.
    """

    plan: Plan
    schedule: list[Planned]
    failed_faults: list[str]
    restarts: list[str]
    requests: int
    refused: int
    accounts: list[Account]
    traces: Account
    orders: Account
    audit: Account
    repeats: int
    memory: list[Growth]
    stuck: list[str]
    locks: list[str]
    secrets: int
    leaks: list[str]
    unredacted: list[str]

    @property
    def lost(self) -> int:
        """What nobody accounts for."""
        whole = (*self.accounts, self.traces, self.orders, self.audit)
        return sum(one.lost for one in whole)

    @property
    def grown(self) -> list[str]:
        """The processes whose memory grew."""
        return [one.process for one in self.memory if one.per_cent > MOST_PER_CENT]

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""
        broken = (self.lost, self.repeats, self.grown, self.stuck, self.locks, self.leaks)
        return not any(broken) and not self.failed_faults and bool(self.unredacted)

    @property
    def line(self) -> str:
        """The result in a line."""
        grown = max((one.per_cent for one in self.memory), default=0.0)
        records = sum(one.written for one in self.accounts)
        return (
            f"soak seed={self.plan.seed} seconds={self.plan.seconds:.0f} requests={self.requests} "
            f"faults={len(self.schedule)} records={records} "
            f"killed={sum(one.killed for one in self.accounts)} "
            f"full_disk={sum(one.full_disk for one in self.accounts)} "
            f"dropped={sum(one.dropped for one in self.accounts)} lost={self.lost} "
            f"repeats={self.repeats} memory_growth={grown:.1f}% stuck={len(self.stuck)} "
            f"locks={len(self.locks)} secrets={len(self.leaks)}"
        )

    def write(self, folder: Path = FOLDER) -> Path:
        """Keep it."""
        folder.mkdir(exist_ok=True, parents=True)
        path = folder / f"seed-{self.plan.seed}.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")
        return path


def read_all(folder: Path = FOLDER) -> list[Result]:
    """Return all results that are kept, by seed."""
    files = folder.glob("*.json")
    results = [msgspec.json.decode(file.read_bytes(), type=Result) for file in files]
    return sorted(results, key=lambda one: one.plan.seed)
