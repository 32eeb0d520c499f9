"""Grafana as code: what is provisioned is written from here by `python -m grafana`."""
