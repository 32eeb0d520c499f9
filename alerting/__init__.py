"""Alert rules, routes and the Collector's counts, made from the services' catalogue entries."""
