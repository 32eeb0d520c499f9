"""Where an error came from."""

from __future__ import annotations

import pytest

from otel_logging.lens.places import place_of


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            'File "/opt/app/.venv/lib/python3.11/site-packages/httpx/_client.py", line 7, in send',
            ("send", "httpx/_client.py:7"),
        ),
        ('File "/usr/lib/python3.12/json/decoder.py", line 1, in f', ("f", "json/decoder.py:1")),
        ('File "/a/b/c/d/e.py", line 5, in <lambda>', ("<lambda>", "c/d/e.py:5")),
        ('File "app.py", line 5, in main', ("main", "app.py:5")),
        ("services.auth.users", ("", "services.auth.users")),
    ],
)
def test_a_frame_is_named_by_function_and_the_end_of_its_path(
    text: str, place: tuple[str, str]
) -> None:
    """What is the same in every frame of an installation is left out."""
    assert place_of(text) == place
