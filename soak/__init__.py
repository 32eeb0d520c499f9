"""An hour of mixed traffic with faults drawn from a seed, and the accounts afterwards."""
