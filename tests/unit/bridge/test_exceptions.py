"""Stack traces are Python's own, letter for letter, though their frames are remembered."""

import traceback

import pytest

from otel_logging.bridge.exceptions import capture


def chained():
    """A cause, a context, and two places on the same line number of one function."""
    try:
        try:
            {}["nothing"]
        except KeyError:
            next(iter(()))
    except StopIteration as error:
        raise ValueError("third") from error


def suppressed():
    """A context that is not to be shown."""
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        raise ValueError("alone") from None


def recursive(depth=40):
    """Frames that repeat are counted, not repeated."""
    if depth == 0:
        raise RecursionError("deep")
    recursive(depth - 1)


def grouped():
    """Members with stacks and causes of their own."""
    failures = []
    for fail in (chained, suppressed):
        try:
            fail()
        except ValueError as error:
            failures.append(error)
    raise ExceptionGroup("all", failures)


def two_places():
    """Two calls on one line: their marks differ."""
    for index in (0, 1):
        try:
            (None or int)("x") if index else (None or float)("y")
        except ValueError as error:
            yield error


FAILURES = (chained, suppressed, recursive, grouped)


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
def test_the_trace_is_pythons_own(fail):
    """The second time, from memory, too."""
    for _ in range(2):
        try:
            fail()
        except Exception as error:
            expected = "".join(traceback.format_exception(error))
            attributes = capture(error).attributes()

        assert expected == attributes["exception.stacktrace"]


def test_places_on_one_line_are_told_apart():
    """Both are formatted, each with its own marks under the line."""
    for error in two_places():
        expected = "".join(traceback.format_exception(error))
        assert expected == capture(error).attributes()["exception.stacktrace"]
