"""Messages that wait too long, and those that were given up."""

from __future__ import annotations

from alerting.catalogue import Entry
from alerting.pace import MINUTE, Pace
from alerting.promql import alive, of, total
from alerting.rule import Rule

_QUEUE = "messaging_destination_name"
_DEAD = 'messaging_destination_name=~".+[.]dead-letter"'
_LIVE = 'messaging_destination_name!~".+[.]dead-letter"'


def rules(entry: Entry, pace: Pace) -> list[Rule]:
    """None where the entry has no section for queues."""
    if entry.queues is None:
        return []
    limits = entry.queues
    lag = alive(of(entry, "event_consumer_lag_seconds"))
    length = alive(of(entry, "event_queue_length", _LIVE))
    dead = alive(of(entry, "event_queue_length", _DEAD))
    given_up = of(entry, "event_processed_total", 'event_outcome="dead_lettered"')
    return [
        Rule(
            alert="QueueLagging",
            kind="queue",
            severity="warning",
            expr=f"max by ({_QUEUE}) ({lag}) > {limits.wait:g}",
            lasting=MINUTE,
            summary=f"messages wait long for {entry.service} in {{{{ $labels.{_QUEUE} }}}}",
            bad="the last one waited {{ $value | humanizeDuration }}; "
            f"{limits.wait:g} s are allowed",
        ),
        Rule(
            alert="QueueLong",
            kind="queue",
            severity="critical",
            expr=f"max by ({_QUEUE}) ({length}) > {limits.length}",
            lasting=MINUTE,
            summary=f"many messages wait for {entry.service} in {{{{ $labels.{_QUEUE} }}}}",
            bad=f"{{{{ $value | humanize }}}} messages; more than {limits.length} are too many",
        ),
        Rule(
            alert="DeadLettered",
            kind="queue",
            severity="warning",
            expr=f"{total(given_up, pace, 'event_type')} > 0",
            summary=f"{entry.service} gave up events of type {{{{ $labels.event_type }}}}",
            bad="{{ $value | humanize }} events within 5 minutes",
        ),
        Rule(
            alert="DeadLettersWaiting",
            kind="queue",
            severity="warning",
            expr=f"max by ({_QUEUE}) ({dead}) > 0",
            lasting=60 * MINUTE,
            summary=f"nobody looks at what {entry.service} gave up in {{{{ $labels.{_QUEUE} }}}}",
            bad="{{ $value | humanize }} messages for more than an hour",
        ),
    ]
