"""Measurements for a third: what a set of attributes comes to is found out once.

For each measurement OpenTelemetry's SDK checks, copies, sorts and hashes the attributes to find
the point that it belongs to. `instrument()` lets counters and histograms, whosever they are,
remember the point. Points, values and exemplars are the same
(`tests/unit/launcher/test_measuring.py` compares them): they are the SDK's own, and so is all code
that runs for a set of attributes that is not known, or an amount that is to be refused.

There is no public way to a point, so this is done only for the SDK whose insides are known.
"""

from __future__ import annotations

import math
import sys
from time import time_ns
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry.context import Context, get_current
from opentelemetry.sdk.metrics import Counter, Histogram, UpDownCounter
from opentelemetry.sdk.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_POINTS: Final = 256
"""Most sets of attributes that are remembered for one instrument; others are measured as ever."""

_SDK: Final = "1.45."
_POINTS: Final = "_otel_logging_points"
_PLAIN: Final = frozenset({str, int, bool, float})
_METHODS: Final[tuple[tuple[type, str, float], ...]] = (
    (Counter, "add", 0),
    (UpDownCounter, "add", -sys.float_info.max),
    (Histogram, "record", 0),
)

_originals: dict[type, Callable[..., None]] = {}


class _Measurement(NamedTuple):
    """What the SDK's `Measurement` says, without checking the attributes again."""

    value: float
    time_unix_nano: int
    instrument: Any
    context: Context
    attributes: Mapping[str, Any] | None


class _Point(NamedTuple):
    """Where measurements with one set of attributes go.

    Attributes:
        storages: The SDK's storages of that time; it replaces them when a reader comes or goes.
        attributes: The attributes, as the SDK cleaned them.
        aggregates: Take a measurement in, one for each reader and view.
    """

    storages: object
    attributes: Mapping[str, Any] | None
    aggregates: tuple[Callable[[Any, bool], None], ...]


def instrument() -> None:
    """Let instruments remember their points. Calling it again changes nothing."""
    if _originals or not __version__.startswith(_SDK):
        return
    for owner, name, least in _METHODS:
        _originals[owner] = owner.__dict__[name]
        setattr(owner, name, _remembering(owner.__dict__[name], least))


def uninstrument() -> None:
    """Give instruments the SDK's methods again."""
    for owner, name, _ in _METHODS:
        if owner in _originals:
            setattr(owner, name, _originals.pop(owner))


def _remembering(original: Callable[..., None], least: float) -> Callable[..., None]:
    """A method that measures as the original does; amounts below `least` are left to that."""

    def measure(
        self: Any,
        amount: float,
        attributes: Mapping[str, Any] | None = None,
        context: Context | None = None,
    ) -> None:
        points = self.__dict__.setdefault(_POINTS, {})
        try:
            key = _key(attributes)
            point: _Point | None = points.get(key)
        except (AttributeError, TypeError):  # no mapping, or a value that is a list
            original(self, amount, attributes, context)
            return
        consumer = self._measurement_consumer
        if point is None or point.storages is not consumer._reader_storages:  # noqa: SLF001
            original(self, amount, attributes, context)
            if key is None or _PLAIN.issuperset(key[1]):
                _remember(self, points, key, attributes)
        elif least <= amount < math.inf and self._is_enabled():
            current = context or get_current()
            now = time_ns()
            measurement = _Measurement(amount, now, self, current, point.attributes)
            exemplars = consumer._sdk_config.exemplar_filter  # noqa: SLF001
            sampled = exemplars.should_sample(amount, now, point.attributes, current)
            for aggregate in point.aggregates:
                aggregate(measurement, sampled)
        else:
            original(self, amount, attributes, context)

    return measure


def _key(attributes: Mapping[str, Any] | None) -> tuple[Any, tuple[type, ...]] | None:
    """What tells sets of attributes apart; to Python 1 is True, to OpenTelemetry it is not."""
    if attributes is None:
        return None
    return tuple(attributes.items()), tuple(map(type, attributes.values()))


def _remember(instrument: Any, points: dict[Any, _Point], key: Any, attributes: Any) -> None:
    if len(points) < MAX_POINTS or key in points:
        point = _point(instrument, attributes)
        if point is not None:
            points[key] = point


def _point(instrument: Any, attributes: Mapping[str, Any] | None) -> _Point | None:
    """Look up what the SDK made of a set of attributes; None if it made nothing."""
    from opentelemetry.sdk.metrics._internal._view_instrument_match import (  # noqa: PLC0415
        _hash_attributes,
    )
    from opentelemetry.sdk.metrics._internal.measurement import Measurement  # noqa: PLC0415

    clean = Measurement(0, 0, instrument, Context(), attributes).attributes
    storages = instrument._measurement_consumer._reader_storages  # noqa: SLF001
    aggregates = []
    for storage in storages.values():
        for match in storage._get_or_init_view_instrument_match(instrument):  # noqa: SLF001
            keys = match._view._attribute_keys  # noqa: SLF001
            kept = {
                name: value for name, value in (clean or {}).items() if keys is None or name in keys
            }
            aggregation = match._attributes_aggregation.get(_hash_attributes(kept))  # noqa: SLF001
            if aggregation is None:
                return None
            aggregates.append(aggregation.aggregate)
    return _Point(storages, clean, tuple(aggregates))
