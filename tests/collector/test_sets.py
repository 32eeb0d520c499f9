"""Every documented overlay set starts on the real Collector and lets no planted secret out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stack.collector import find_binary
from tests.collector import canary, far_ends
from tests.collector.canary import Canary
from tests.collector.readme import COLLECTOR, OVERLAYS, SETS, TRUSTED
from tests.collector.waiting import until

pytestmark = pytest.mark.collector


def validate(*files: Path) -> subprocess.CompletedProcess[str]:
    """What `otelcol validate` says of configuration files."""
    binary = find_binary()
    assert binary is not None, "no Collector: run `make collector` or set OTELCOL_BIN"
    arguments = [f"--config={path}" for path in files]
    return subprocess.run(
        [str(binary), "validate", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def leaked(seen: bytes) -> list[str]:
    """The planted secrets that stand in what left the Collector."""
    return [secret for secret in canary.SECRETS if secret.encode() in seen]


def arrive(ends: far_ends.FarEnds, overlays: tuple[str, ...], sent: Canary) -> None:
    """Wait until the canary's three items are at the far end of every overlay."""
    for overlay in overlays:
        for signal in far_ends.SIGNALS.get(overlay, ()):
            mark = sent.marks[signal].encode()
            until(lambda: mark in ends.read(overlay, signal), f"{signal} at {overlay}")  # noqa: B023


@pytest.mark.parametrize("name", SETS)
def test_canary_passes_without_its_secrets(name: str, tmp_path: Path) -> None:
    """A set of overlays delivers all three signals, and nothing that leaves has a secret."""
    sent = Canary()

    with far_ends.opened(tmp_path, SETS[name]) as ends:
        ends.send(sent)
        arrive(ends, SETS[name], sent)
        ends.collector.stop()
        seen = ends.everything()

    assert leaked(seen) == []


def test_canary_sees_a_leak(tmp_path: Path) -> None:
    """The same search finds the secrets when redaction is stripped: it can fail."""
    stripped = Path(__file__).parent / "overlays" / "strips-processors.yaml"
    sent = Canary()

    with far_ends.opened(tmp_path, ("store",), stripped) as ends:
        ends.send(sent)
        arrive(ends, ("store",), sent)
        seen = ends.everything()

    assert leaked(seen) == list(canary.SECRETS)


@pytest.mark.parametrize("files", [TRUSTED[:1], TRUSTED], ids=["base", "base+redaction"])
def test_nothing_runs_without_a_backend(files: list[Path]) -> None:
    """Without an overlay the configuration is refused."""
    assert validate(*files).returncode != 0


def test_set_that_serves_only_metrics_does_not_start() -> None:
    """The tripwire is no backend: logs and traces that go nowhere are refused."""
    alone = Path(__file__).parent / "overlays" / "serves-metrics-only.yaml"
    files = [*TRUSTED, alone]
    command = [str(find_binary()), "validate", *(f"--config={path}" for path in files)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert result.returncode != 0
    assert 'connector "forward/redacted"' in result.stderr


def test_every_overlay_is_documented() -> None:
    """Each overlay file stands in the README's table, and the table names no other."""
    documented = {overlay for overlays in SETS.values() for overlay in overlays}

    assert documented == {path.stem for path in OVERLAYS.glob("*.yaml")}


@pytest.mark.parametrize("path", sorted(COLLECTOR.rglob("*.yaml")), ids=lambda path: path.stem)
def test_file_opens_with_what_it_is_for(path: Path) -> None:
    """Each configuration file has a header; an overlay says what it adds and needs."""
    header = path.read_text().split("\n\n", 1)[0]

    assert header.startswith("# ")
    if path.parent == OVERLAYS:
        assert "# Adds: " in header
        assert "# Needs: " in header
