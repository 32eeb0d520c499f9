"""Three services that use otel-logging: its living example and test bed."""
