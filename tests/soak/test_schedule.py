"""The faults of a soak follow from its seed, and hit every process in every way."""

from __future__ import annotations

import itertools

from soak.schedule import FAULTS, PROCESSES, RECOVERY, schedule

HOUR = 3600.0
PAIRS = {(process, fault) for fault, processes in FAULTS.items() for process in processes}


def test_a_seed_repeats_and_another_differs() -> None:
    """The same seed gives the same faults, to the tenth of a second."""
    assert schedule(1, HOUR) == schedule(1, HOUR)
    assert schedule(1, HOUR) != schedule(2, HOUR)


def test_an_hour_has_every_fault_of_every_process() -> None:
    """Any seed does; all begin and end within the hour."""
    for seed in range(1, 20):
        planned = schedule(seed, HOUR)

        assert {(one.process, one.fault) for one in planned} == PAIRS
        assert all(0 < one.at < one.at + one.seconds < HOUR for one in planned)


def test_a_process_has_one_fault_at_a_time_and_processes_overlap() -> None:
    """After each a process is left alone for a while, and another may fail meanwhile."""
    planned = schedule(3, HOUR)
    for process in PROCESSES:
        own = [one for one in planned if one.process == process]
        pairs = itertools.pairwise(own)
        assert all(b.at - (a.at + a.seconds) >= RECOVERY - 0.1 for a, b in pairs)

    neighbours = itertools.pairwise(planned)
    assert any(second.at < first.at + first.seconds for first, second in neighbours)
