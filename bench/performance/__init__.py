"""The parts of the performance report: what is compared, how it is measured, what follows."""
