"""How many processes Loki and Tempo need, as Grafana documents it; nothing here is measured.

Sources, read in November 2026: "Size the cluster" and "Deployment modes" of Loki
(grafana.com/docs/loki/latest/setup/size and …/get-started/deployment-modes) and "Size the
cluster" of Tempo 3 (grafana.com/docs/tempo/next/set-up-for-tracing/setup-tempo/plan/size).
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

TERABYTE: Final = 1e12
GIGABYTE: Final = 1e9
MONOLITHIC_LOKI: Final = 20 * GIGABYTE
"""Bytes a day up to which Loki is documented as one process."""

LOKI_SOURCE: Final = "https://grafana.com/docs/loki/latest/setup/size/"
TEMPO_SOURCE: Final = (
    "https://grafana.com/docs/tempo/next/set-up-for-tracing/setup-tempo/plan/size/"
)


class Component(msgspec.Struct, frozen=True):
    """A kind of process.

    Attributes:
        name: As its vendor calls it.
        processes: How many.
        cores: Cores requested for all of them; None where the vendor says none.
    """

    name: str
    processes: int
    cores: float | None


_SMALL: Final = {
    "ingester": (6, 2.0),
    "distributor": (4, 2.0),
    "index gateway": (4, 0.5),
    "querier": (10, 1.0),
    "query frontend": (2, 1.0),
    "query scheduler": (2, 1.0),
    "compactor": (1, 2.0),
}
_MIDDLE: Final = {
    "ingester": (90, 2.0),
    "distributor": (40, 2.0),
    "index gateway": (10, 0.5),
    "querier": (100, 1.5),
    "query frontend": (8, 1.0),
    "query scheduler": (2, 1.0),
    "compactor": (1, 6.0),
}
_LARGE: Final = {
    "ingester": (150, 4.0),
    "distributor": (100, 2.0),
    "index gateway": (20, 1.0),
    "querier": (250, 1.5),
    "query frontend": (16, 1.0),
    "query scheduler": (2, 2.0),
    "compactor": (1, 6.0),
}
_TIERS: Final = ((3 * TERABYTE, _SMALL), (30 * TERABYTE, _MIDDLE))
_LARGEST: Final = 30 * TERABYTE
_SINGLETONS: Final = frozenset({"query scheduler", "compactor"})


def loki(bytes_a_day: float) -> list[Component]:
    """The processes for so many bytes a day, uncompressed.

    Beyond the largest size that is documented (30 TB a day) all but the compactor and the
    schedulers are multiplied; that is ours, not the vendor's.
    """
    if bytes_a_day <= MONOLITHIC_LOKI:
        return [Component("all in one", 1, None)]
    for limit, tier in _TIERS:
        if bytes_a_day <= limit:
            return [Component(name, count, count * cores) for name, (count, cores) in tier.items()]
    times = bytes_a_day / _LARGEST
    counts = {
        name: count if name in _SINGLETONS else _up(count * times)
        for name, (count, _) in _LARGE.items()
    }
    return [Component(name, counts[name], counts[name] * _LARGE[name][1]) for name in _LARGE]


def tempo(bytes_a_second: float) -> list[Component]:
    """The processes for so many bytes a second; of a range the vendor gives, the careful end.

    One partition for each live-store is ours. For the backend's scheduler and workers the
    vendor gives no figure.
    """
    megabytes = bytes_a_second / 1e6
    distributors, live_stores = _each(megabytes, 10), _each(megabytes, 6)
    return [
        Component("distributor", distributors, 2.0 * distributors),
        Component("live-store", live_stores, 1.0 * live_stores),
        Component("block-builder", live_stores, 0.5 * live_stores),
        Component("querier", _each(megabytes, 1), None),
        Component("query frontend", 2, None),
    ]


def _each(megabytes: float, of: float) -> int:
    return max(_up(megabytes / of), 1)


def _up(number: float) -> int:
    """The next whole number, but for what floating point adds."""
    return math.ceil(round(number, 6))
