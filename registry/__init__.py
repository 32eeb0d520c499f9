"""The attribute registry: what telemetry may say, and the files that follow from it.

`docs/attributes.yaml` is the source; `python -m registry` writes what follows, and
`python -m registry --check` fails where that is stale.
"""
