"""The drawing of a transaction, compared as a whole."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from otel_logging.backends import Transaction
from otel_logging.lens.terminal import transaction
from tests.unit.lens.sample import TRACE, order, record, span

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Local times are UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def draw(found: Transaction, width: int, *, colour: bool = False) -> str:
    """Return what a console of this width prints."""
    console = Console(
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        highlight=False,
    )
    with console.capture() as capture:
        console.print(transaction(found, width))
    return capture.get()


@pytest.mark.parametrize("width", [70, 120])
def test_the_order_looks_as_it_should(width: int) -> None:
    """Tree, times, waterfall, errors, links and strays, wide and narrow."""
    assert (GOLDEN / f"order-{width}.txt").read_text() == draw(order(), width)


def test_services_are_told_apart_by_colour() -> None:
    """Colours change nothing but the colour."""
    coloured = draw(order(), 120, colour=True)

    assert "\x1b[" in coloured
    assert Console(width=120).render_str(draw(order(), 120)).plain == draw(order(), 120)
    for code in ("36", "35", "34"):
        assert f"\x1b[{code}m" in coloured


@pytest.mark.parametrize("width", [40, 70, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Deep trees and wide characters included."""
    spans = [span(1, None, "서비스", "주문 " * 30)]
    spans += [span(n, n - 1, "서비스", "깊은 이름", at=n) for n in range(2, 60)]
    logs = [record(n, "서비스", "아주 긴 줄 " * 40, n) for n in range(1, 60)]

    lines = draw(Transaction(TRACE, spans, logs), width).splitlines()

    assert max(cell_len(line) for line in lines) <= width


def test_a_body_cannot_steer_the_terminal() -> None:
    """Control characters of any field are shown, not obeyed."""
    evil = "\x1b[2J\x9b31m\u202e"
    spans = [span(1, None, f"s{evil}", f"n{evil}", attributes={"http.response.status_code": evil})]
    logs = [record(1, f"s{evil}", evil, 1, severity=evil, event_name=evil)]

    drawn = draw(Transaction(TRACE, spans, logs), 120)

    assert not set(evil) & {"\x1b", "\x9b", "\u202e"} & set(drawn)
    assert "\\x1b[2J" in drawn


def test_a_trace_of_logs_alone_is_drawn() -> None:
    """Without any span, the records still stand in clock order."""
    drawn = draw(
        Transaction(TRACE, [], [record(2, "a", "two", 5), record(1, "a", "one", None)]), 120
    )

    assert drawn.index("one") < drawn.index("two")
