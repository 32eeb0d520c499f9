"""Which frames of a stack trace people see in the console."""

import asyncio
import json
import sysconfig
import traceback

import pytest

from otel_logging.bridge.frames import compact

SITE = "/venv/lib/python3.11/site-packages"


def trace(*paths, end="ValueError: no"):
    """A stack trace through files."""
    frames = [f'  File "{path}", line 7, in call\n    call()\n    ^^^^^^' for path in paths]
    return "\n".join(["Traceback (most recent call last):", *frames, end])


def shown(stacktrace):
    """What is left of a stack trace, without the lines of source."""
    return [
        line
        for line in compact(stacktrace).splitlines()
        if not line.startswith("    c") and "^" not in line
    ]


def test_libraries_between_the_applications_frames_are_counted():
    """By name, each once; a single frame stays, as its count would be as long."""
    stacktrace = trace(
        f"{SITE}/uvicorn/a.py",
        f"{SITE}/starlette/b.py",
        f"{SITE}/starlette/c.py",
        "/app/shop.py",
        f"{SITE}/six.py",
        "/app/pay.py",
    )
    assert shown(stacktrace) == [
        "Traceback (most recent call last):",
        "    # … 3 frames of uvicorn, starlette",
        '  File "/app/shop.py", line 7, in call',
        f'  File "{SITE}/six.py", line 7, in call',
        '  File "/app/pay.py", line 7, in call',
        "ValueError: no",
    ]


def test_the_frame_that_raised_stays():
    """Whose ever it is."""
    stdlib = sysconfig.get_path("stdlib")
    stacktrace = trace(
        "/app/shop.py", f"{stdlib}/json/a.py", f"{stdlib}/json/b.py", f"{SITE}/six.py"
    )

    assert shown(stacktrace)[2:] == [
        "    # … 2 frames of python",
        f'  File "{SITE}/six.py", line 7, in call',
        "ValueError: no",
    ]


@pytest.mark.parametrize(
    "stacktrace",
    [
        trace(f"{SITE}/a/b.py", f"{SITE}/a/b.py"),
        trace("/app/a.py", "/app/b.py"),
        "",
        "no trace\n at all",
    ],
)
def test_nothing_is_taken_from_other_texts(stacktrace):
    """Only libraries, only the application, or no stack trace."""
    assert stacktrace == compact(stacktrace)


def test_each_trace_of_a_group_and_a_chain_keeps_its_end():
    """Real ones: frames of `json` inside a group, with a cause."""

    def parse():
        try:
            json.loads("{")
        except json.JSONDecodeError as error:
            raise LookupError("first") from error

    async def both():
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(parse))

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(both())
    text = "".join(traceback.format_exception(caught.value))
    result = compact(text)

    assert "frames of python" in result
    assert "raise LookupError" in result
    assert "in raw_decode" in result
    kept = [line for line in result.splitlines() if "# …" not in line]
    assert [line for line in text.splitlines() if line in set(kept)] == kept
