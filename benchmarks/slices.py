"""How long it takes from files that land to a published slice: the customers whom they touch are judged anew.

    python benchmarks/slices.py [CUSTOMERS ...]

For each size: makes a sample shop whose ids are as long as real ones, publishes it, then lands 1,000 orders and 1,000
events under new keys, each time of other customers, and refreshes as `spine watch` does. Writes benchmarks/slices.md.
Everything is in a temporary folder, which is removed at the end. A million customers take ten minutes and 15 GB of
disk.
"""

import datetime
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
from rich.console import Console
from spine.publish import runs
from spine.publish.refresh import RefreshRequest, refresh
from spine.publish.store import Store
from spine.sample.shop import generate_sample

REPORT = Path(__file__).with_suffix(".md")
LAST_DAY = datetime.date(2026, 6, 30)
ROUNDS = 3
ROWS = 1000
KEYS = {"orders": "order_id", "events": "event_id"}
STAGES = ("check", "touch", "slice", "models", "tests", "publish")
HEADER = f"""\
# How long a slice takes

Written by `make slices`. {ROWS:,} orders and {ROWS:,} events land under new keys, each time of other customers, and are
published as `spine watch` publishes them; seconds by the clock. The first round also compiles the models of a slice,
once for a day and its rules. Stages are those of `marts.runs`. Processors: {os.cpu_count()}.

| customers | round | customers named | {" | ".join(STAGES)} | all | of the full refresh |
|---|---|---|{"---|" * len(STAGES)}---|---|"""


def main(sizes: list[int]) -> None:
    """Measures all sizes and writes the report."""
    lines = [HEADER]
    for customers in sizes:
        with tempfile.TemporaryDirectory(prefix="spine-slices-") as folder:
            lines += measured(customers, Path(folder))
    REPORT.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(REPORT.read_text(encoding="utf-8"))


def measured(customers: int, folder: Path) -> Iterator[str]:
    """The lines of the report for a shop of that many customers, made in `folder`.

    Raises RuntimeError where a round was no slice.
    """
    raw, store = folder / "raw", Store(folder / "shop.duckdb")
    generate_sample(raw, customers=customers, until=LAST_DAY, long_ids=True)
    for table in KEYS:  # a small shop has one file of each
        if (file := raw / f"{table}.parquet").exists():
            (raw / table).mkdir()
            file.rename(raw / table / file.name)
    request = RefreshRequest(store.db, raw, LAST_DAY, may_slice=True)
    of_full = seconds_of(request)
    for number in range(1, ROUNDS + 1):
        named = land(raw, number)
        seconds = seconds_of(request)
        spent = runs.load_all(store)[-1].stage_seconds
        if "slice" not in spent:
            raise RuntimeError(f"round {number} of {customers:,} customers was a full build.")
        stages = " | ".join(f"{spent[stage]:.1f}" for stage in STAGES)
        yield f"| {customers:,} | {number} | {named:,} | {stages} | {seconds:.1f} | {seconds / of_full:.2f} |"


def seconds_of(request: RefreshRequest) -> float:
    """How long a refresh takes."""
    started = time.perf_counter()
    refresh(request, Console(quiet=True))
    return time.perf_counter() - started


def land(raw: Path, number: int) -> int:
    """Lands rows of customers who are there, under new keys; how many customers they name."""
    landed = []
    for table, key in KEYS.items():
        shipped = sorted(path for path in (raw / table).glob("*.parquet") if not path.name.startswith("new-"))
        rows = duckdb.sql(
            f"select * replace ('new-{number}-' || {key} as {key}) from '{shipped[number % len(shipped)]}'"
            f" using sample reservoir({ROWS} rows) repeatable ({number})"
        )
        landed.append(raw / table / f"new-{number}.parquet")
        rows.write_parquet(str(landed[-1]))
    return duckdb.sql(
        f"select count(distinct customer_id) from read_parquet({list(map(str, landed))}, union_by_name = true)"
    ).fetchall()[0][0]


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [20_000])
