"""The engine in force: one holder, swapped atomically."""

from otel_logging.redaction.engine import Engine


class ActiveEngine:
    """Holds the engine in force; whoever redacts takes `current` once for each record or chunk."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def current(self) -> Engine:
        """The engine in force."""
        return self._engine

    def replace(self, engine: Engine) -> None:
        """Put another engine in force: a single reference changes, so nobody sees a mixture.

        The counts go on, whoever redacts.
        """
        engine.counts = self._engine.counts
        self._engine = engine
