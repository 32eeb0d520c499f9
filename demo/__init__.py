"""One transaction through three services, read back from the store."""
