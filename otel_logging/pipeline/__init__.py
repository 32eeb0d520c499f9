"""Tests of a Collector's configuration: records in, and what has to come out."""
