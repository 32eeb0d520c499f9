"""Does redaction take time in proportion to the text, whatever the text?

The time of one text of 1 MB over that of sixteen of 64 kB of the same kind: 1 is linear, 16 is
quadratic. CPU time of the engine with the whole default policy.
"""

import argparse
import base64
import random
import time
from collections.abc import Callable, Sequence

from bench.measure import Spread, save, table
from bench.records import Sample, Source
from otel_logging.redaction import Engine, load_policy

SMALL, TIMES = 65_536, 16
TINY = SMALL // TIMES
TOO_SLOW = 2.0
"""Seconds for one small text after which a large one is not tried: the growth from 4 kB to 64 kB
stands for it."""

SURELY_LINEAR = 1.1
"""A text that grows by no more the first time is not measured again."""

Make = Callable[[int, int], str]
"""Makes a text of a size, from a seed."""


def repeated(unit: str, end: str = "") -> Make:
    """Texts of one unit over and over."""

    def make(size: int, _: int) -> str:
        count = size // (len(unit) + len(end))
        return unit * count + end * count

    return make


def clean(size: int, seed: int) -> str:
    """Ordinary log lines."""
    return _lines(size, seed, secret=None)


def dense(size: int, seed: int) -> str:
    """Log lines with a secret in each."""
    return _lines(size, seed, secret="hunter2hunter2")  # noqa: S106 - a bait


def _lines(size: int, seed: int, secret: str | None) -> str:
    source = Source(seed)
    parts: list[str] = []
    while size > 0:
        parts.append(source.sentence(secret))
        size -= len(parts[-1]) + 1
    return "\n".join(parts)


def wrapped(size: int, seed: int) -> str:
    """Base64 in base64."""
    inner = base64.b64encode(dense(size * 9 // 16, seed).encode())
    return base64.b64encode(inner).decode()


def digits_of_keys(size: int, seed: int) -> str:
    """Random hexadecimal, as of keys and digests, without a break."""
    return random.Random(seed).randbytes(size // 2).hex()  # noqa: S311 - nobody's key


KINDS: dict[str, Make] = {
    "clean": clean,
    "dense": dense,
    "open brackets": repeated("password={"),
    "nested brackets": repeated("password={", "}"),
    "escaped quotes": repeated('password=\\"'),
    "open quotes": repeated('"token": "'),
    "elements": repeated("<password>x</"),
    "cookies": repeated("cookie: a=b; "),
    "commas": repeated("password=a,"),
    "prose": repeated("passphrase=word word "),
    "addresses": repeated("a@a."),
    "userinfo": repeated("https://a:b@"),
    "digits": repeated("4"),
    "groups of digits": repeated("4 1-"),
    "tokens": repeated("eyJ"),
    "keys without end": repeated("-----BEGIN PRIVATE KEY-----\n"),
    "base64 in base64": wrapped,
    "many runs of base64": repeated("cGFzc3dvcmQ9aHVudGVyMg== "),
    "hexadecimal": repeated("70617373"),
    "random hexadecimal": digits_of_keys,
    "spaced hexadecimal": repeated("70 61 73 73 "),
    "arrows": repeated("password -> a1 "),
    "arrows without a digit": repeated("token\u2192"),
    "words of names": repeated("token-"),
    "tables": repeated("token | "),
    "values below": repeated("password:\n"),
    "commands": repeated("curl -u a "),
    "percent signs": repeated("%2525"),
    "backslashes": repeated("\\"),
    "full width": repeated("\uff50"),
    "zero width": repeated("p\u200b"),
}


def main(arguments: Sequence[str]) -> None:
    """Measure each kind of text and print its growth; the worst last."""
    parser = argparse.ArgumentParser(prog="bench growth")
    parser.add_argument(
        "--repetitions", type=int, default=3, help="at most, of each text (default: 3)"
    )
    growth = measure(parser.parse_args(arguments).repetitions)
    path = save("growth", ("google-re2",), {"growth": growth})
    print(f"All as data: {path}\ngrowth={worst(growth):.2f}")


def measure(repetitions: int) -> dict[str, float]:
    """The growth of each kind of text, printed as a table."""
    engine = Engine(load_policy(None), "bench")
    rows = []
    growth = {}
    for kind, make in KINDS.items():
        small, ratio = _growth(engine, make, repetitions)
        growth[kind] = round(ratio, 3)
        rows.append((kind, f"{small * 1e3:.1f}", f"{ratio:.2f}"))
    print(table(("", "ms for 64 kB", "growth"), rows))
    return growth


def worst(growth: dict[str, float]) -> float:
    """The largest growth of all kinds."""
    return max(growth.values())


def _growth(engine: Engine, make: Make, repetitions: int) -> tuple[float, float]:
    first = _time(engine, [make(SMALL, 0)])
    if first > TOO_SLOW:
        tiny = _time(engine, [make(TINY, seed) for seed in range(TIMES)])
        return first, first / tiny
    smalls: list[float] = []
    ratios: list[float] = []
    for turn in range(repetitions):
        small = _time(engine, [make(SMALL, turn * TIMES + seed) for seed in range(TIMES)])
        large = _time(engine, [make(SMALL * TIMES, turn)])
        smalls.append(small / TIMES)
        ratios.append(large / small)
        if ratios[0] <= SURELY_LINEAR:
            break
    return Spread(smalls).median, Spread(ratios).median


def _time(engine: Engine, texts: Sequence[str]) -> float:
    samples = [Sample(text, {}, None) for text in texts]
    before = time.thread_time()
    for sample in samples:
        engine.records([sample])
    return time.thread_time() - before
