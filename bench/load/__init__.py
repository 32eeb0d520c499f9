"""HTTP load by wrk, an existing load tool, on loopback only."""
