"""One page a file: each reads its filter, asks the backend and renders."""
