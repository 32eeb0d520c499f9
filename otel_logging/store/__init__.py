"""The embedded store: OTLP intake, DuckDB slices, HTTP queries, in one process.

Only that process opens the files; everyone else asks over HTTP.
"""
