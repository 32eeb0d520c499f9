"""How fast does the store take in and answer, beside plain DuckDB, and how fast are the pages?

The same OTLP requests go to the store on one core and into a plain DuckDB file, which decodes them
and commits one after the other; then both answer what the pages ask. Intake is compared by CPU
time, queries by the shortest of several times. Then Chromium opens the pages on the same data.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from bench.lens_data import Batch, batches
from bench.lens_pages import FILTERS, PAGES, filtered_ms, first_paint_ms, opened, tail_ms
from bench.lens_plain import Plain
from bench.lens_queries import QUERIES
from bench.measure import save, table
from stack.lens import Lens
from stack.store import Store
from stack.usage import of_process

SENDERS = 3
AIM_MS = 500.0
AIM_INTAKE = 15_000.0
AIM_INTAKE_RATIO = 0.5
AIM_QUERY_RATIO = 2.0
TOLD_REQUESTS = 100
"""After so many requests a line tells how far it is."""


class Requests:
    """The requests on disk: a million records would fill the memory."""

    def __init__(self, folder: Path, records: int) -> None:
        self.items = 0
        self._files: list[tuple[str, Path, int]] = []
        for number, batch in enumerate(batches(records, time.time_ns() - 60 * 10**9)):
            file = folder / f"{number}.pb"
            file.write_bytes(batch.content)
            self._files.append((batch.signal, file, batch.items))
            self.items += batch.items
            _tell("made", number + 1, self.items)

    def __iter__(self) -> Iterator[Batch]:
        passed = 0
        for number, (signal, file, items) in enumerate(self._files):
            yield Batch(signal, file.read_bytes(), items)
            passed += items
            _tell("taken in", number + 1, passed)


def _tell(what: str, requests: int, items: int) -> None:
    if requests % TOLD_REQUESTS == 0:
        print(f"{what}: {items}", flush=True)


def main(arguments: Sequence[str]) -> None:
    """Run all, print tables, save all as data."""
    parser = argparse.ArgumentParser(prog="bench lens", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--records", type=int, default=1_000_000, help="log records (%(default)s)")
    parser.add_argument("--times", type=int, default=5, help="each question (%(default)s)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "requests").mkdir()
        requests = Requests(folder / "requests", options.records)
        print(f"{requests.items} records and spans made", flush=True)
        plain = Plain(folder / "plain.duckdb")
        plain_cpu = plain.insert(requests)
        with Store(folder / "store") as store:
            intake = _intake(store, requests)
            intake["plain_per_cpu_second"] = requests.items / plain_cpu
            print(f"taken in: {intake}", flush=True)
            queries = _queries(store, plain, options.times)
            print("asked; now the pages", flush=True)
            pages = _pages(folder, store, plain.some_trace(), options.times)
    _report(intake, queries, pages, options.records)


def _intake(store: Store, requests: Requests) -> dict[str, float]:
    """Send everything to a store that has one core; items by second, and by CPU second."""
    for task in Path(f"/proc/{store.pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {0})
    before, began = of_process(store.pid).cpu_seconds, time.perf_counter()
    with httpx.Client(base_url=store.http, timeout=300) as client:

        def send(batch: Batch) -> None:
            headers = {"Content-Type": "application/x-protobuf"}
            client.post(f"/v1/{batch.signal}", content=batch.content, headers=headers)

        with ThreadPoolExecutor(SENDERS) as pool:
            for answered in _few_at_once(pool, send, requests):
                answered.result()
    seconds = time.perf_counter() - began
    spent = of_process(store.pid).cpu_seconds - before
    for task in Path(f"/proc/{store.pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), os.sched_getaffinity(0))
    kept = httpx.get(f"{store.http}/api/summary", timeout=300).json()
    assert kept["logs"] + kept["spans"] == requests.items, kept
    return {"per_second": requests.items / seconds, "per_cpu_second": requests.items / spent}


def _few_at_once(pool: ThreadPoolExecutor, send: Any, requests: Requests) -> Iterator[Any]:
    waiting: list[Any] = []
    for batch in requests:
        waiting.append(pool.submit(send, batch))
        if len(waiting) > SENDERS:
            yield waiting.pop(0)
    yield from waiting


def _queries(store: Store, plain: Plain, times: int) -> dict[str, dict[str, float]]:
    """Ask both the same, by turns; the shortest time of each in milliseconds."""
    trace_id = plain.some_trace()
    found = {}
    with httpx.Client(base_url=store.http, timeout=300) as client:
        for name, (path, *_) in QUERIES.items():
            ours, theirs = [], []
            for _ in range(times):
                began = time.perf_counter()
                client.get(path.replace("{trace_id}", trace_id)).raise_for_status()
                ours.append(time.perf_counter() - began)
                theirs.append(plain.seconds(name, trace_id))
            found[name] = {"store_ms": min(ours) * 1000, "plain_ms": min(theirs) * 1000}
            found[name]["ratio"] = found[name]["store_ms"] / found[name]["plain_ms"]
    return found


def _pages(folder: Path, store: Store, trace_id: str, times: int) -> dict[str, float]:
    with Lens(folder / "lens", store.http) as lens, opened(lens.http) as page:
        if page is None:
            print("no Chromium: pages are left out")
            return {}
        found = {
            f"first paint {path}": first_paint_ms(page, path.replace("{trace_id}", trace_id), times)
            for path in PAGES
        }
        found |= {
            f"filter {name}": filtered_ms(page, path, times) for name, path in FILTERS.items()
        }
        found["live tail"] = tail_ms(page, lambda body: _write(store, body), times)
        return found


def _write(store: Store, body: str) -> None:
    record = {"timeUnixNano": str(time.time_ns()), "body": {"stringValue": body}}
    block = {"scopeLogs": [{"logRecords": [record]}]}
    httpx.post(f"{store.http}/v1/logs", json={"resourceLogs": [block]}).raise_for_status()


def _report(
    intake: dict[str, float],
    queries: dict[str, dict[str, float]],
    pages: dict[str, float],
    records: int,
) -> None:
    print(table(("intake", "items"), [(name, f"{value:.0f}") for name, value in intake.items()]))
    rows = [(name, *(f"{value:.1f}" for value in one.values())) for name, one in queries.items()]
    print(table(("query", "store ms", "plain ms", "ratio"), rows))
    print(table(("page", "ms"), [(name, f"{value:.0f}") for name, value in pages.items()]))
    late = {name: value for name, value in pages.items() if value > AIM_MS}
    if late:
        print(f"beyond {AIM_MS:.0f} ms: {', '.join(late)}")
    if intake["per_cpu_second"] < AIM_INTAKE:
        print(f"below {AIM_INTAKE:.0f} items for each second of one core")
    path = save(
        "lens",
        ("duckdb", "starlette", "uvicorn"),
        {"records": records, "intake": intake, "queries": queries, "pages": pages},
    )
    print(f"all as data: {path}")
    intake_ratio = intake["per_cpu_second"] / intake["plain_per_cpu_second"]
    query_ratio = max(one["ratio"] for one in queries.values())
    print(f"intake_ratio={intake_ratio:.2f} query_ratio={query_ratio:.2f}")
