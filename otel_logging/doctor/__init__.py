"""Proves a pipeline: a canary with planted secrets goes the real way, and is looked for."""
