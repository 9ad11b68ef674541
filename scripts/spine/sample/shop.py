"""Make a sample shop: every table of the raw contract, at any size, the same rows for the same arguments."""

import calendar
import datetime
import os
import re
import shutil
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from spine.errors import UsageError
from spine.raw.views import quoted_text

MAX_CUSTOMERS = 5_000_000
MAX_MONTHS = 120
# Accounts may be two years older than the period, and the contract takes no timestamp before 1900.
EARLIEST_FIRST_DAY = datetime.date(1903, 1, 1)

# Customers of a batch. This and the number of batches made at the same time bound the memory; up to this many
# customers, each table is a single file.
BATCH_CUSTOMERS = 25_000
MAX_WORKERS = 4
WORKER_MEMORY_LIMIT = "2GB"
# Orders are numbered from a multiple of this in each batch, so that no batch waits for another: more than the
# most that `BATCH_CUSTOMERS` order in `MAX_MONTHS`.
ORDER_NUMBERS_PER_BATCH = 4_000_000

SQL_FOLDER = Path(__file__).with_name("sql")

# Each name is a query of SQL_FOLDER: those in `fixed` and `steps` become temporary tables of that name, in
# this order, those in `tables` become files.
FIXED_STEPS = ("slots", "catalogue", "source_names")
FIXED_TABLES = ("products", "campaigns", "exchange_rates")
BATCH_STEPS = (
    "people",
    "subscribers",
    "usage_spans",
    "placed_orders",
    "order_lines",
    "shop_orders",
    "visits",
    "browsing_events",
    "checkout_events",
    "usage_events",
    "message_events",
    "happenings",
)
BATCH_TABLES = (
    "orders",
    "order_items",
    "refunds",
    "customers",
    "identities",
    "events",
    "consent",
    "support_tickets",
    "subscriptions",
)
TABLES = (*BATCH_TABLES, *FIXED_TABLES)

PART_NAME = re.compile(r"part-\d{5}\.parquet")


@dataclass(frozen=True)
class _Shop:
    """What determines every row."""

    customers: int
    months: int
    first_day: datetime.date
    until: datetime.date
    seed: int
    in_folders: bool
    long_ids: bool

    @property
    def days(self) -> int:
        """Length of the period in days, both ends included."""
        return (self.until - self.first_day).days + 1

    @property
    def batch_count(self) -> int:
        """How many ranges of customers there are."""
        return -(-self.customers // BATCH_CUSTOMERS)


def generate_sample(
    out_dir: Path,
    customers: int = 20_000,
    months: int = 24,
    *,
    until: datetime.date,
    seed: int = 42,
    threads: int | None = None,
    in_folders: bool = False,
    long_ids: bool = False,
) -> dict[str, int]:
    """Write a sample shop as Parquet files and return the number of rows per table.

    A table is `<table>.parquet`, or, `in_folders` and above `BATCH_CUSTOMERS` customers, `<table>/part-00000.parquet`
    and so on. The folder appears as a whole: it is made beside its final place and then renamed. An earlier sample
    is replaced.

    Args:
        out_dir: the folder to write; missing, empty, or holding nothing but an earlier sample.
        customers: how many customers to make, 1 to `MAX_CUSTOMERS`.
        months: length of the period in months, 1 to `MAX_MONTHS`.
        until: the last day of the period, in UTC.
        seed: any integer; another seed makes another shop.
        threads: how many threads may work, by default one per processor; the rows do not depend on it.
        in_folders: whether tables that grow with the customers are folders, to which files can be added.
        long_ids: whether ids are as long as those of real exports: UUIDs for events and visitors, numbers of 13
            digits for orders and customers. Otherwise it is the same shop.

    Raises:
        UsageError: an argument is out of range, or `out_dir` cannot be used.
    """
    _check_size(customers, months)
    first_day = _first_day(until, months)
    out_dir = Path(out_dir).resolve()
    _check_out_dir(out_dir)
    stage = _make_stage(out_dir)
    try:
        shop = _Shop(customers, months, first_day, until, seed, in_folders, long_ids)
        counts = _write_tables(shop, stage, threads or os.cpu_count() or 1)
        _publish(stage, out_dir)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return {table: counts[table] for table in TABLES}


def _check_size(customers: int, months: int) -> None:
    """Raise UsageError unless both numbers are in range."""
    if not 1 <= customers <= MAX_CUSTOMERS:
        raise UsageError(f"customers must be 1 to {MAX_CUSTOMERS:,}, not {customers:,}")
    if not 1 <= months <= MAX_MONTHS:
        raise UsageError(f"months must be 1 to {MAX_MONTHS}, not {months}")


def _first_day(until: datetime.date, months: int) -> datetime.date:
    """The day after the one `months` months before `until`, or UsageError if that is too early."""
    years_before, month_index = divmod(until.year * 12 + until.month - 1 - months, 12)
    if years_before < EARLIEST_FIRST_DAY.year:
        raise UsageError(f"until must be at least {months} months after {EARLIEST_FIRST_DAY}, not {until}")
    last_of_month = calendar.monthrange(years_before, month_index + 1)[1]
    day_before = datetime.date(years_before, month_index + 1, min(until.day, last_of_month))
    return day_before + datetime.timedelta(days=1)


def _check_out_dir(out_dir: Path) -> None:
    """Raise UsageError if `out_dir` is not a folder, or holds anything that no sample would."""
    if not out_dir.exists():
        return
    if not out_dir.is_dir():
        raise UsageError(f"{out_dir} is a file, not a folder")
    foreign = sorted(path.name for path in out_dir.iterdir() if not _is_of_a_sample(path))
    if foreign:
        raise UsageError(f"{out_dir} holds what is not of a sample, such as {foreign[0]}: choose another folder")


def _is_of_a_sample(path: Path) -> bool:
    """Whether `path` is a table's file, or a table's folder with nothing but its parts."""
    if path.is_dir():
        return path.name in TABLES and all(PART_NAME.fullmatch(part.name) for part in path.iterdir())
    return path.suffix == ".parquet" and path.stem in TABLES


def _make_stage(out_dir: Path) -> Path:
    """A new folder beside `out_dir`, on the same file system so that a rename is atomic."""
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}.partial-", dir=out_dir.parent))
    except OSError as error:
        raise UsageError(f"cannot write beside {out_dir}: {error.strerror}") from error
    (stage / "sample").mkdir()
    return stage


def _write_tables(shop: _Shop, stage: Path, threads: int) -> Counter[str]:
    """Write all tables into the stage, a batch per worker at a time; returns rows per table."""
    batches = range(shop.batch_count)
    workers = min(threads, MAX_WORKERS, len(batches))
    with _connect(shop, stage, 1) as connection:
        counts = Counter(_write_fixed_tables(connection, stage / "sample"))
    with ThreadPoolExecutor(workers) as pool:
        for written in pool.map(lambda batch: _write_batch(shop, stage, batch, threads // workers), batches):
            counts.update(written)
    return counts


def _connect(shop: _Shop, stage: Path, threads: int) -> duckdb.DuckDBPyConnection:
    """An in-memory database that knows the shop and what all its batches share; it spills into the stage."""
    connection = duckdb.connect(
        config={
            "memory_limit": WORKER_MEMORY_LIMIT,
            "temp_directory": tempfile.mkdtemp(prefix="spill-", dir=stage),
            "threads": str(threads),
        }
    )
    variables = {
        "seed": shop.seed,
        "first_day": shop.first_day,
        "days": shop.days,
        "months": shop.months,
        "customers": shop.customers,
        "mailing_count": max(1, shop.days * 2 // 7),
        "long_ids": shop.long_ids,
    }
    for name, value in variables.items():
        _set_variable(connection, name, value)
    connection.execute(_sql("macros"))
    for step in FIXED_STEPS:
        _make_step(connection, "fixed", step)
    return connection


def _sql(name: str) -> str:
    """The text of a file of SQL_FOLDER."""
    return (SQL_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def _set_variable(connection: duckdb.DuckDBPyConnection, name: str, value: object) -> None:
    """Set a variable that the queries read with getvariable()."""
    connection.execute(f"set variable {name} = ?", [value])


def _make_step(connection: duckdb.DuckDBPyConnection, kind: str, name: str) -> None:
    """Make the temporary table `name` from the query of that name."""
    connection.execute(f"create temp table {name} as\n{_sql(f'{kind}/{name}')}")


def _write_fixed_tables(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write the tables that do not grow with the customers; returns rows per table."""
    return {table: _write_table(connection, table, folder / f"{table}.parquet") for table in FIXED_TABLES}


def _write_batch(shop: _Shop, stage: Path, batch: int, threads: int) -> dict[str, int]:
    """Write one range of customers of all other tables; returns rows per table."""
    low = 1 + batch * BATCH_CUSTOMERS
    with _connect(shop, stage, threads) as connection:
        _set_variable(connection, "low", low)
        _set_variable(connection, "high", min(low + BATCH_CUSTOMERS - 1, shop.customers))
        _set_variable(connection, "order_offset", batch * ORDER_NUMBERS_PER_BATCH)
        for step in BATCH_STEPS:
            _make_step(connection, "steps", step)
        return {
            table: _write_table(connection, table, _part_path(shop, stage / "sample", table, batch))
            for table in BATCH_TABLES
        }


def _part_path(shop: _Shop, folder: Path, table: str, batch: int) -> Path:
    """Where a batch of a table goes: a part of its folder, or its single file if one is enough."""
    if shop.batch_count == 1 and not shop.in_folders:
        return folder / f"{table}.parquet"
    (folder / table).mkdir(exist_ok=True)
    return folder / table / f"part-{batch:05d}.parquet"


def _write_table(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
    """Write the rows of the query `table` to `path` and return how many there are."""
    query = _sql(f"tables/{table}")
    copy = f"copy (\n{query}) to {quoted_text(str(path))} (format parquet, compression zstd)"
    (count,) = connection.execute(copy).fetchone()
    return count


def _publish(stage: Path, out_dir: Path) -> None:
    """Put the finished sample in its place; an earlier one moves into the stage, which is then removed."""
    try:
        if out_dir.exists():
            out_dir.rename(stage / "earlier")
        (stage / "sample").rename(out_dir)
    except OSError as error:
        raise UsageError(f"cannot put the sample into {out_dir}: {error.strerror}") from error
