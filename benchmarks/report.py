"""How long the report takes on a large shop with a year of ledger, and how large it is.

    python benchmarks/report.py [CUSTOMERS ...]

For each size: makes a sample shop, publishes it with `spine refresh`, and adds a year to its ledger: for each customer
stays that have ended, and for each segment the days. Then it writes the report for each period. Writes
benchmarks/report.md. A million customers take ten minutes and 15 GB of disk.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
from compare import LAST_DAY, PROJECT_DIR, in_a_process_of_its_own, make_shop

REPORT = Path(__file__).with_suffix(".md")
SPINE = Path(sys.executable).with_name("spine")
STAYS_PER_CUSTOMER, DAYS = 22, 365
HEADER = f"""\
# What a report costs

Written by `make report`: one sample shop per size, published, to whose ledger a year is added: {STAYS_PER_CUSTOMER}
ended stays per customer, {DAYS} days per segment.

| customers | ended stays | period | wall s | page KiB |
|---|---|---|---|---|"""
# Stays of some days each, side by side over the year, in turns of the segments of one kind.
_STAYS = """
    insert into marts.segment_membership_history by name
    with turns as (select unnest(range({stays})) as turn),

    keys as (
        select
            segment_key,
            segment_kind,
            row_number() over (partition by segment_kind order by segment_key) - 1 as place,
            count(*) over (partition by segment_kind) as count
        from marts.segments
        where segment_kind in ('lifecycle', 'value')
    )

    select
        members.customer_id, keys.segment_key, keys.segment_kind, members.as_of_date,
        cast(members.as_of_date - cast(366 - turn * 16 as integer) as date) as entered_on,
        cast(members.as_of_date - cast(350 - turn * 16 as integer) as date) as exited_on,
        1 as entry_ordinal, false as is_early_reentry, 1 as rule_version, 'time' as entry_cause, 'time' as exit_cause
    from marts.segment_members as members
    cross join turns
    inner join keys on members.segment_kind = keys.segment_kind
        and keys.place = (hash(members.customer_id) + turn) % keys.count
    where turn < {stays} // 2
"""
_DAYS = """
    insert into marts.segment_daily by name
    select * exclude (age) replace (
        cast(day - cast(age as integer) as date) as day,
        customers - cast(customers * age / 4000 as bigint) as customers,
        customers // 100 as entries,
        customers // 120 as exits,
        customers // 100 as entries_time,
        customers // 120 as exits_time
    )
    from (select *, unnest(range(1, {days})) as age from marts.segment_daily)
"""


def main(sizes: list[int]) -> None:
    """Measures all sizes and writes the table."""
    lines = [HEADER]
    for customers in sizes:
        with tempfile.TemporaryDirectory(prefix="spine-report-") as folder:
            lines += lines_of(customers, Path(folder))
    REPORT.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(REPORT.read_text(encoding="utf-8"))


def lines_of(customers: int, folder: Path) -> Iterator[str]:
    """The lines of a shop of that many customers, made in `folder`."""
    in_a_process_of_its_own(make_shop, folder / "raw", customers)
    options = ("--raw", folder / "raw", "--db", folder / "shop.duckdb", "--as-of", LAST_DAY)
    subprocess.run([SPINE, "refresh", *map(str, options)], check=True, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL)
    db = folder / "aged.duckdb"
    shutil.copyfile(folder / "shop.duckdb", db)
    with duckdb.connect(str(db)) as connection:
        connection.execute(_STAYS.format(stays=STAYS_PER_CUSTOMER))
        connection.execute(_DAYS.format(days=DAYS))
        query = "select count(*) from marts.segment_membership_history where exited_on is not null"
        stays = connection.execute(query).fetchall()[0][0]
    for period in ("day", "month", "quarter"):
        out = folder / f"{period}.html"
        began = time.perf_counter()
        command = [SPINE, "report", "--db", db, "--out", out, "--period", period]
        subprocess.run(list(map(str, command)), check=True, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        size = out.stat().st_size / 1024
        yield f"| {customers:,} | {stays:,} | {period} | {seconds:.1f} | {size:,.0f} |"


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [20_000])
