"""Integrations with frameworks, one framework a module; each does nothing until instrumented."""
