"""aio-pika: spans and log context for every way to publish and to consume.

| call | span | kind |
|---|---|---|
| `exchange.publish(...)` | `send {destination}` | PRODUCER |
| `queue.consume(callback)` | `process {queue}` around the callback | CONSUMER |
| `async for message in queue` | `process {queue}` around the loop's body | CONSUMER |
| `queue.get()` | `receive {queue}`; none when the queue is empty | CLIENT |
| `with processing(message)` | `process {queue}` around the block | CONSUMER |

The producer's context and the allow-listed baggage travel in the message's headers; the
headers of the caller's message object stay as they are. A consumer's span is a child of the
producer's, so retries and dead-lettered messages stay in the trace of the first publication: a
message that is published outside any span continues the trace that its headers carry.

A span fails with the exception that leaves it, or with the one being handled while the message is
rejected; a message that is rejected for another reason has failed too (`error.type=rejected`).

While a message is processed, every record carries `messaging.destination.name` and
`messaging.message.id`. An exception that leaves a callback is logged once, inside the span; the
repeats of aiormq and asyncio, which know no trace ID, are dropped.

In a loop over a queue the context is that of the message until the next one is asked for or the
iterator is closed, so leave a loop early only inside `async with queue.iterator()`. The span ends
then, or as soon as the message is acknowledged or rejected, or when the task ends. Where another
task fetches the message, such as `asyncio.wait_for(anext(iterator), 1)` before Python 3.12, the
context stays in that task: put the work into `with processing(message)`.

Names follow OpenTelemetry's semantic conventions for RabbitMQ
(https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/).
"""

from otel_logging.integrations.aio_pika.delivery import processing
from otel_logging.integrations.aio_pika.instrument import instrument, uninstrument
from otel_logging.integrations.unhandled import mark_logged

__all__ = ["instrument", "mark_logged", "processing", "uninstrument"]
