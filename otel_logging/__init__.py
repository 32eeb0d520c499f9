"""OpenTelemetry-first logs, traces and redaction for Python microservices."""
