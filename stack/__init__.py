"""The real parts as local processes: broker, Collector, store, services."""
