"""What the store refuses, and why."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot start or go on; the message says what to do."""


class OverloadedError(StoreError):
    """The writer's queue is full: the sender should come back later."""


class RefusedRequestError(StoreError):
    """An intake request that cannot be taken as it is.

    Attributes:
        status: The HTTP status code of the answer.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class ParameterError(StoreError):
    """A query parameter that cannot be read.

    Attributes:
        name: The parameter's name.
    """

    def __init__(self, name: str, value: str, reason: str) -> None:
        super().__init__(f"{name}={value!r}: {reason}")
        self.name = name
