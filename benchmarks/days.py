"""How long a backfill takes: seconds for each day that `spine backfill` makes.

    python benchmarks/days.py [CUSTOMERS ...]

For each size: makes a sample shop whose ids are as long as real ones, then has `spine backfill` make the ledger of its
last 30 days and publish the last, and once the last three as they were known. Writes benchmarks/days.md. Everything is
in a temporary folder, which is removed at the end.
"""

import datetime
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from rich.console import Console
from spine.publish.refresh import RefreshRequest, refresh
from spine.publish.store import Store
from spine.sample.shop import generate_sample

REPORT = Path(__file__).with_suffix(".md")
LAST_DAY = datetime.date(2026, 6, 30)
DAYS, DAYS_AS_KNOWN = 30, 3
MADE = re.compile(r"^made (\S+): (?:([\d,]+) entries and exits|the ledger begins), ([\d.]+) s$")
HEADER = f"""\
# How long a backfilled day takes

Written by `make days`. `spine backfill` makes the ledger of the last {DAYS} days of a sample shop; seconds by the
clock. The first day is built whole. Then what is the same on every day is computed (*prepare*), and of the other days
only what differs. *Publish* is the last day, built, tested and published as by any refresh. With `--as-known` every day
is built whole. Processors: {os.cpu_count()}.

| customers | first day | prepare | another day | the longest | moves a day | publish | all | a day as known |
|---|---|---|---|---|---|---|---|---|"""


class Days(Console):
    """Hears of each day that is made: when, how many moved, how many seconds it took."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.made: list[tuple[float, int, float]] = []

    def print(self, *texts: object, **_: object) -> None:
        """Notes a line that tells of a day."""
        if found := MADE.match(" ".join(map(str, texts))):
            self.made.append((time.perf_counter(), int((found[2] or "0").replace(",", "")), float(found[3])))


def main(sizes: list[int]) -> None:
    """Measures all sizes and writes the report."""
    lines = [HEADER]
    for customers in sizes:
        with tempfile.TemporaryDirectory(prefix="spine-days-") as folder:
            lines += measured(customers, Path(folder))
    REPORT.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(REPORT.read_text(encoding="utf-8"))


def measured(customers: int, folder: Path) -> Iterator[str]:
    """The line of the report for a shop of that many customers, made in `folder`."""
    raw = folder / "raw"
    generate_sample(raw, customers=customers, until=LAST_DAY, long_ids=True)
    started = time.perf_counter()
    days = backfilled(raw, Store(folder / "shop.duckdb"), DAYS)
    ended = time.perf_counter()
    known = backfilled(raw, Store(folder / "known.duckdb"), DAYS_AS_KNOWN, is_as_known=True)
    (at_first, _, first), (at_second, _, second), *_ = days
    others = [seconds for _, _, seconds in days[1:]]
    moves = mean(count for _, count, _ in days[1:])
    yield (
        f"| {customers:,} | {first:.1f} | {at_second - at_first - second:.1f} | {mean(others):.2f} | {max(others):.1f} "
        f"| {moves:,.0f} | {ended - days[-1][0]:.1f} | {ended - started:.1f} "
        f"| {mean(seconds for _, _, seconds in known):.1f} |"
    )


def backfilled(raw: Path, store: Store, count: int, is_as_known: bool = False) -> list[tuple[float, int, float]]:
    """Makes the ledger of the last days; what there is to say of each but the one that is published.

    Raises RuntimeError where nothing was published.
    """
    first = LAST_DAY - datetime.timedelta(days=count - 1)
    console = Days()
    request = RefreshRequest(store.db, raw, LAST_DAY, ledger_from=first, is_as_known=is_as_known, command="backfill")
    if not refresh(request, console).is_well:
        raise RuntimeError("a test failed, and nothing was published.")
    return console.made


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100_000])
