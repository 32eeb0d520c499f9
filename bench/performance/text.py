"""What the report says in words; all figures are elsewhere."""

HOW = """\
```sh
make bench-report                  # about 40 minutes on a machine with nothing else to do
make bench-report ARGS=--quick     # about ten, to see that it works
make bench-report ARGS=--render    # this page from the data, and no measurement
```

wrk asks the gateway for the caller's account (gateway → auth-service → SQLite); for the report the
gateway writes one or ten records more for each request: of ten, four at DEBUG, four at INFO, one at
WARN and one at ERROR, with four attributes each, one line in twenty with a secret. For the event
flow it asks event-service to publish events (→ RabbitMQ → the service's own worker). The services
share one core; wrk, Collector and broker have the rest; nothing is encrypted, and bodies are
not captured (`OTLOG_CAPTURE=off`). Except in one case the Collector lets
everything pass, so that its own work does not stand in the way of theirs: what its redaction costs
is in [Redaction in the Collector](performance.md#redaction-in-the-collector).

One factor is varied at a time around a base point. All cases take turns, each in processes of its
own, in an order drawn anew in each round. A ratio is taken within a round; what is shown is the
median over the rounds, with the quartiles in parentheses. CPU time and memory are the kernel's
figures for each process, bytes those of its TCP connections, records and spans the Collector's own
count.
"""

LIMITS = """\
What this cannot say: how a service of yours does its own work. Ours do little for each request, so
the share that telemetry takes here is more than it is where a request costs more. The CPU time for
each request is what carries over.
"""

BASE_POINT = """\
The base point: INFO, ten records a request, queued export without compression, redaction on, no
console, all traces. Ratios are to it.
"""

FACTORS = """\
- *synchronous export*: each log call waits until the Collector has taken its record. The library
  has no such mode; the bench adds it, for comparison. Spans are queued all the same.
- *zstd*: level 1, added by the bench likewise; *gzip* is the library's, at level 1 for records.
- *redaction off* shows redaction's share; *one trace in ten* is
  `OTEL_TRACES_SAMPLER=parentbased_traceidratio` with 0.1.
- *Collector redacts*: the Collector as it is shipped, which changes the row of its process.
"""

EVENT_FLOW = """\
Event-service takes an event, publishes it, and its worker consumes it in batches. What it writes of
its own accord depends on the level alone.
"""

RULES = """\
They follow from the figures above by rules that are code (`bench/performance/rules.py`); on other
figures the same rules may say something else, so run the report on a machine like yours.
"""
