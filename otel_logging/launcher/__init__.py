"""Sets the process up: the only place that touches global state."""
