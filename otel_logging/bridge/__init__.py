"""From the standard library's logging to OpenTelemetry: snapshot, queue, worker, sinks."""
