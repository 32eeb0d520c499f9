"""Views over backends: a transaction, lists and lines, drawn for people."""
