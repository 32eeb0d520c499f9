"""A service that is not as it should be, in the place of the proper one."""

from __future__ import annotations

from collections.abc import Sequence

from stack.service import Service


class StandIn(Service):
    """Another application in a service's place, under its name.

    Args:
        proper: the service.
        application: the other's factory, as uvicorn takes it.
    """

    def __init__(self, proper: Service, application: str) -> None:
        super().__init__(proper.name, proper.folder, proper.variables, proper.port)
        self._application = application

    def command(self) -> Sequence[str]:
        """Start the other one."""
        words = super().command()
        return tuple(self._application if w.endswith(":create_app") else w for w in words)
