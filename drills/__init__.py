"""Faults, injected one by one into the whole stack, and the alerts that tell of them."""
