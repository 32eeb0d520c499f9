"""From OTLP requests to rows, one signal a file."""
