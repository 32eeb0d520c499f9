"""How many machines, and how much storage, so many records and spans a second need."""
