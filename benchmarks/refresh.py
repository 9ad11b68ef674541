"""What a refresh costs beside a full build: one day of new rows, and one file that lands within the day.

    python benchmarks/refresh.py [CUSTOMERS]

Makes a sample shop in a temporary folder, keeps its last day back, publishes the rest (a full build), lands that
day (a daily refresh) and then, while `spine watch` runs, files with the events of 1,000 customers each. Writes
benchmarks/refresh.md. A million customers take an hour and 40 GB of disk.
"""

import dataclasses
import datetime
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from rich.console import Console
from spine import runs
from spine.refresh import RefreshRequest, refresh
from spine.sample import TABLES, generate_sample
from spine.store import Store

REPORT = Path(__file__).with_suffix(".md")
LAST_DAY = datetime.date(2026, 6, 30)
TOUCHED = 1000
CYCLES = 3
LOOKS_EVERY = 0.5
SECONDS_BETWEEN = 3
# A row without a time of its own comes first.
ARRIVES_AT = {"exchange_rates": "cast(valid_on as timestamp)", "products": "timestamp '1970-01-01'"}
HEADER = """\
# What a refresh costs

Written by `make refresh-benchmark`: a full build, a daily refresh with one day of new rows, and cycles of
`spine watch --every {every}`: from the landing of a file with events of {touched:,} customers to the publication of
what it brings, the wait for the next look included. Seconds; the shares are of the full build in the same run.

Customers: {customers:,}. Rows: {rows}. The day: {new_rows:,} rows. Processors: {processors}.

| | seconds | share of the full build | peak memory | stages |
|---|---|---|---|---|"""


def main() -> None:
    """Runs the benchmark and writes the report."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="spine-refresh-") as folder:
        root = Path(folder)
        generate_sample(root / "sample", customers=customers, until=LAST_DAY)
        rows, new_rows = split_off_the_last_day(root / "sample", root / "raw", root / "day")
        lines = measured(root)
    stated = ", ".join(f"{rows[table]:,} {table}" for table in ("orders", "events"))
    header = HEADER.format(
        touched=TOUCHED,
        every=LOOKS_EVERY,
        customers=customers,
        rows=stated,
        new_rows=new_rows,
        processors=os.cpu_count(),
    )
    REPORT.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def split_off_the_last_day(sample: Path, raw: Path, day: Path) -> tuple[dict[str, int], int]:
    """Writes all but the last day month by month, as exports do, and the last day by itself.

    Returns the rows per table, and those of the last day.
    """
    rows, new_rows = {}, 0
    with duckdb.connect() as connection:
        connection.execute("set threads = 1; set memory_limit = '6GB'")
        for table in TABLES:
            is_one_file = (sample / f"{table}.parquet").exists()
            files = f"{sample}/{table}.parquet" if is_one_file else f"{sample}/{table}/*.parquet"
            at = ARRIVES_AT.get(table, "loaded_at")
            (day / table).mkdir(parents=True)
            raw.mkdir(exist_ok=True)
            connection.execute(
                f"copy (select *, strftime({at}, '%Y-%m') as month from '{files}' where {at} < timestamp '{LAST_DAY}') "
                f"to '{raw}/{table}' (format parquet, partition_by (month))"
            )
            connection.execute(
                f"copy (from '{files}' where {at} >= timestamp '{LAST_DAY}') "
                f"to '{day}/{table}/day.parquet' (format parquet)"
            )
            count = "select count(*) from '{}'"
            rows[table] = connection.execute(count.format(files)).fetchall()[0][0]
            new_rows += connection.execute(count.format(f"{day}/{table}/day.parquet")).fetchall()[0][0]
    return rows, new_rows


def measured(root: Path) -> list[str]:
    """The rows of the report."""
    store = Store(root / "shop.duckdb")
    request = RefreshRequest(store.db, root / "raw", LAST_DAY - datetime.timedelta(days=1))
    full = in_a_process_of_its_own(refreshed, request)
    for path in (root / "day").rglob("*.parquet"):
        shutil.copy(path, root / "raw" / path.parent.name / path.name)
    daily = in_a_process_of_its_own(refreshed, dataclasses.replace(request, as_of=LAST_DAY))
    cycles = in_a_process_of_its_own(landed, dataclasses.replace(request, as_of=LAST_DAY))
    names = ["full build", "daily refresh", *(f"cycle {number} of spine watch" for number in range(1, CYCLES + 1))]
    return [line(name, one, full[0]) for name, one in zip(names, (full, daily, *cycles), strict=True)]


def in_a_process_of_its_own(work, request: RefreshRequest) -> tuple | list[tuple]:
    """Runs one measurement in a fresh process, whose peak of memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (request,))


def refreshed(request: RefreshRequest) -> tuple:
    """Seconds, peak of memory in GiB and stages of one refresh."""
    started = time.perf_counter()
    assert refresh(request, Console(quiet=True)).is_well
    return _stated(request, started)


def landed(request: RefreshRequest) -> list[tuple]:
    """The same of cycles of `spine watch`: from the landing of a file to the publication of what it brings."""
    options = ["--raw", request.raw_dir, "--db", request.db, "--as-of", request.as_of, "--every", LOOKS_EVERY]
    command = [Path(sys.executable).parent / "spine", "watch", *options]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as watch:
        watch.stdout.readline()  # it has begun, and is ready
        seconds = []
        for number in range(CYCLES):
            seconds.append(_until_published(request, str(number)))
            watch.stdout.readline()  # the account of the cycle is written
        watch.terminate()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    runs_of_cycles = runs.load_all(Store(request.db))[-CYCLES:]
    return [(took, peak, run.stage_seconds) for took, run in zip(seconds, runs_of_cycles, strict=True)]


def _until_published(request: RefreshRequest, name: str) -> float:
    time.sleep(SECONDS_BETWEEN)
    before = request.db.stat().st_ino
    write_events_of_now(request, name)
    landed_at = time.perf_counter()
    while request.db.stat().st_ino == before:
        time.sleep(0.005)
    return time.perf_counter() - landed_at


def write_events_of_now(request: RefreshRequest, name: str) -> None:
    """Lands a cart of the day for each of some customers; the file is there at once, whole."""
    half_written = request.raw_dir / "events" / f".now-{name}.parquet"
    with duckdb.connect(str(request.db), read_only=True) as connection:
        connection.execute(
            # Ids all over those that are there, as random ones are: they must be looked for.
            f"copy (select 'e' || lpad(cast(hash(customer_id, '{name}') % 100000000000000 as varchar), 14, '0') "
            f"as event_id, 'added_to_cart' as event_name, customer_id, "
            f"timestamp '{LAST_DAY} 23:30:00' as occurred_at, 'shop' as source, "
            f"timestamp '{LAST_DAY} 23:30:05' as loaded_at "
            f"from marts.customers order by hash(customer_id, '{name}') limit {TOUCHED}) "
            f"to '{half_written}' (format parquet)"
        )
    half_written.rename(half_written.with_name(half_written.name.removeprefix(".")))


def _stated(request: RefreshRequest, started: float) -> tuple:
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return seconds, peak, runs.load_all(Store(request.db))[-1].stage_seconds


def line(name: str, one: tuple, seconds_of_all: float) -> str:
    """One row of the report."""
    seconds, peak, stages = one
    stated = ", ".join(f"{stage} {took:.1f}" for stage, took in stages.items())
    return f"| {name} | {seconds:.1f} | {seconds / seconds_of_all:.2f} | {peak:.1f} GiB | {stated} |"


if __name__ == "__main__":
    main()
