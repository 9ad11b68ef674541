"""After any sequence of refreshes every mart equals, row for row, a full refresh on the union of the input."""

import datetime
import os
import shutil
from pathlib import Path

import duckdb
import pytest
from arrivals import late_shop
from marts import differing_marts
from rich.console import Console
from spine.build import BuildRequest, run_dbt
from spine.project import SEEDS_DIR
from spine.raw_folder import release_landings

LAST_DAY = datetime.date(2026, 6, 30)
HISTORY = 120
# Customers per cut; ten times as many on demand (make increments).
CUSTOMERS = int(os.environ.get("SPINE_INCREMENT_CUSTOMERS", "7000"))
REPORT = os.environ.get("SPINE_INCREMENTS_REPORT")
REPORTED = """\
# Refreshes against full builds

Written by `make increments`: random histories with rows up to 400 days late, doubled, corrected, refunded, out of
order and merging customers, cut into batches of a day, of a week and of everything. After each batch every mart, and
the tables of persons and days behind them, equalled a database built from nothing on the same files, row for row.

| batches of | customers | refreshes compared |
|---|---|---|
"""
# The days between one batch and the next, back from the last day.
CUTS = {"days": [6, 5, 4, 3, 2, 1, 0], "weeks": [35, 28, 21, 14, 7, 0], "everything": [0]}
# Besides the marts: where a fault would lie hidden until a later batch brings it to light.
BEHIND_THE_MARTS = [
    "int_customer_ids",
    "int_identity_links",
    "int_customer_ids_resolved",
    "int_identifiers_resolved",
    "int_customer_days",
    "int_customer_item_days",
    "int_customer_order_gaps",
]


PERSONS = {"int_customer_ids", "int_identity_links", "int_customer_ids_resolved", "int_identifiers_resolved"}
DAYS = {"int_customer_days", "int_customer_item_days", "int_customer_order_gaps", "int_touched_customers"}


def refresh(db: Path, raw_dir: Path, as_of: datetime.date, *options: str, rules_dir: Path | None = None) -> None:
    """Builds without the tests, in this process, where the project is parsed once."""
    arguments = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test", *options]
    try:
        results = run_dbt(
            arguments, BuildRequest(db, as_of, raw_dir=raw_dir, rules_dir=rules_dir), Console(quiet=True), quiet=True
        )
    finally:
        release_landings()
    assert not [result for result in results if not result.is_good], [one.message for one in results if not one.is_good]


def differences(one: Path, other: Path) -> dict:
    """Where two databases differ, in the marts and behind them."""
    return differing_marts(one, other, [f"intermediate.{table}" for table in BEHIND_THE_MARTS])


@pytest.mark.parametrize("cut", CUTS)
def test_refreshes_equal_a_full_refresh(cut: str, tmp_path: Path) -> None:
    shop = late_shop(tmp_path / "sample", CUSTOMERS, 14, LAST_DAY, seed=len(cut))
    raw_dir, grown = tmp_path / "raw", tmp_path / "grown" / "my-shop.duckdb"
    grown.parent.mkdir()
    since = datetime.date(1990, 1, 1)
    for step, days_before in enumerate([HISTORY, *CUTS[cut]]):
        as_of = LAST_DAY - datetime.timedelta(days=days_before)
        assert shop.bring(raw_dir, since, as_of, f"batch-{step}")
        since = as_of
        refresh(grown, raw_dir, as_of)
        assert differences(grown, whole(tmp_path, raw_dir, as_of)) == {}, f"batch {step}"
        assert step == 0 or rebuilt(grown) == set()
    if REPORT:
        note_compared(Path(REPORT), cut, step + 1)


@pytest.fixture
def small_shop(tmp_path: Path) -> tuple[Path, Path]:
    """The raw folder of a small late shop in two files per table, and a database built from it in two steps."""
    shop = late_shop(tmp_path / "sample", 600, 14, LAST_DAY, seed=9)
    raw_dir, grown = tmp_path / "raw", tmp_path / "grown" / "my-shop.duckdb"
    grown.parent.mkdir()
    since = datetime.date(1990, 1, 1)
    for step, days_before in enumerate([60, 0]):
        until = LAST_DAY - datetime.timedelta(days=days_before)
        shop.bring(raw_dir, since, until, f"batch-{step}")
        since = until
        refresh(grown, raw_dir, LAST_DAY)
    return raw_dir, grown


def test_files_that_change_or_go_take_their_rows_along(small_shop: tuple[Path, Path], tmp_path: Path) -> None:
    raw_dir, grown = small_shop
    changes = {
        "events": "from old where hash(event_id) % 9 > 0",
        "orders": "select * replace (amount + hash(order_id) % 2 as amount) from old",
        "products": "select * replace ('bakery' as category) from old where hash(product_id) % 3 > 0",
        "exchange_rates": "from old where hash(valid_on) % 5 > 0",
        "identities": "from old where hash(identifier) % 4 > 0",
        "consent": "select * replace ('opted_out' as status) from old",
    }
    for table, query in changes.items():
        rewrite(raw_dir / table / "batch-0.parquet", query)
    (raw_dir / "refunds" / "batch-1.parquet").unlink()
    shutil.rmtree(raw_dir / "campaigns")
    refresh(grown, raw_dir, LAST_DAY)
    assert rebuilt(grown) == set()
    assert differences(grown, whole(tmp_path, raw_dir, LAST_DAY)) == {}

    rewrite(raw_dir / "events" / "batch-1.parquet", "from old")  # written again, nothing changed
    refresh(grown, raw_dir, LAST_DAY)
    with duckdb.connect(str(grown), read_only=True) as connection:
        assert connection.execute("select count(*) from intermediate.int_touched_identifiers").fetchall() == [(0,)]

    as_csv(raw_dir / "support_tickets")
    as_csv(raw_dir / "orders")
    refresh(grown, raw_dir, LAST_DAY)
    assert differences(grown, whole(tmp_path, raw_dir, LAST_DAY)) == {}


def test_all_is_built_anew_where_most_rows_come_again(small_shop: tuple[Path, Path], tmp_path: Path) -> None:
    raw_dir, grown = small_shop
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "vars.yml").write_text("most_rows_to_compare: 100\n", encoding="utf-8")
    come_again = []
    for batch in ("batch-1", "batch-0"):
        for path in raw_dir.glob(f"*/{batch}.parquet"):
            os.utime(path)
        refresh(grown, raw_dir, LAST_DAY, rules_dir=tmp_path / "rules")
        come_again.append(rebuilt(grown))
    assert come_again[0] == set(), "the second batch holds far fewer rows than the first"
    assert come_again[1] >= PERSONS | DAYS | {"base_events", "base_products"}
    assert differences(grown, whole(tmp_path, raw_dir, LAST_DAY)) == {}


def test_a_day_beyond_the_year_9999_takes_no_other_day_along(small_shop: tuple[Path, Path], tmp_path: Path) -> None:
    raw_dir, grown = small_shop
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "vars.yml").write_text("timezone: Europe/Berlin\n", encoding="utf-8")
    refresh(grown, raw_dir, LAST_DAY, rules_dir=tmp_path / "rules")
    duckdb.sql(f"""
        select * replace (
            'again ' || event_id as event_id,
            case when event_id = min(event_id) over () then timestamp '9999-12-31 23:59:59' else occurred_at end
                as occurred_at,
            cast(null as timestamp) as loaded_at
        )
        from '{raw_dir}/events/batch-0.parquet'
        where hash(event_id) % 20 = 0
    """).write_parquet(str(raw_dir / "events" / "batch-2.parquet"))
    refresh(grown, raw_dir, LAST_DAY, rules_dir=tmp_path / "rules")
    assert rebuilt(grown) == set()
    assert differences(grown, whole(tmp_path, raw_dir, LAST_DAY, tmp_path / "rules")) == {}


def test_a_run_that_does_not_end_is_made_good(small_shop: tuple[Path, Path], tmp_path: Path) -> None:
    raw_dir, grown = small_shop
    rewrite(raw_dir / "orders" / "batch-0.parquet", "from old where hash(order_id) % 5 > 0")
    refresh(grown, raw_dir, LAST_DAY, "--select", "path:models/staging/base")
    rewrite(raw_dir / "events" / "batch-0.parquet", "from old where hash(event_id) % 5 > 0")
    refresh(grown, raw_dir, LAST_DAY)
    assert rebuilt(grown) == PERSONS | DAYS
    assert differences(grown, whole(tmp_path, raw_dir, LAST_DAY)) == {}


def test_rows_of_a_run_that_does_not_end_go_with_their_file(small_shop: tuple[Path, Path], tmp_path: Path) -> None:
    raw_dir, grown = small_shop
    following = raw_dir / "orders" / "batch-2.parquet"
    shutil.copy(raw_dir / "orders" / "batch-1.parquet", following)
    rewrite(following, "select * replace ('again-' || order_id as order_id) from old")
    refresh(grown, raw_dir, LAST_DAY, "--select", "path:models/staging/base")
    following.unlink()
    refresh(grown, raw_dir, LAST_DAY)
    assert differences(grown, whole(tmp_path, raw_dir, LAST_DAY)) == {}
    refresh(grown, raw_dir, LAST_DAY)
    assert rebuilt(grown) == set()


def test_a_part_of_the_project_is_a_whole_run_only_where_nothing_else_is_new(
    small_shop: tuple[Path, Path], tmp_path: Path
) -> None:
    raw_dir, grown = small_shop
    part = ("--select", "base_events+", "path:models/intermediate/identity+")
    rewrite(raw_dir / "events" / "batch-0.parquet", "from old where hash(event_id) % 5 > 0")
    refresh(grown, raw_dir, LAST_DAY, *part)
    rewrite(raw_dir / "orders" / "batch-0.parquet", "from old where hash(order_id) % 5 > 0")
    refresh(grown, raw_dir, LAST_DAY, *part)
    assert rebuilt(grown) == set(), "events alone were new, and they were taken in"
    refresh(grown, raw_dir, LAST_DAY)
    assert rebuilt(grown) == PERSONS | DAYS, "orders were left"
    assert differences(grown, whole(tmp_path, raw_dir, LAST_DAY)) == {}


def test_doubled_keys_are_looked_for_until_they_are_gone(small_shop: tuple[Path, Path]) -> None:
    raw_dir, grown = small_shop
    of_this_run = (
        "insert into staging.base_events select * replace (99 as refreshed_in) from staging.base_events limit 1"
    )
    with duckdb.connect(str(grown)) as connection:
        assert connection.execute(of_this_run).fetchall() == [(1,)]
    selection = ["build", "--select", "+int_customer_days", "--exclude-resource-type", "unit_test"]
    for _ in range(2):
        results = run_dbt(selection, BuildRequest(grown, LAST_DAY, raw_dir=raw_dir), Console(quiet=True), quiet=True)
        release_landings()
        failed = [result.name for result in results if result.status == "fail"]
        assert failed and all(name.startswith("primary_key_stg_events") for name in failed)


def test_a_rule_builds_anew_what_depends_on_it(small_shop: tuple[Path, Path], tmp_path: Path) -> None:
    raw_dir, grown = small_shop
    rules_dir = tmp_path / "rules"
    rules_dir.mkdir()
    for rule_table, fault, expected in (
        ("value_tiers", ("0.05", "0.06"), set()),
        ("event_taxonomy", ("added_to_cart,web,5", "added_to_cart,web,6"), DAYS),
        ("order_statuses", ("cancelled,false", "cancelled,true"), DAYS | PERSONS | {"base_refunds"}),
    ):
        text = (SEEDS_DIR / "rules" / f"{rule_table}.csv").read_text(encoding="utf-8")
        (rules_dir / f"{rule_table}.csv").write_text(text.replace(*fault), encoding="utf-8")
        refresh(grown, raw_dir, LAST_DAY, rules_dir=rules_dir)
        assert rebuilt(grown) == expected, rule_table
    assert differences(grown, whole(tmp_path, raw_dir, LAST_DAY, rules_dir)) == {}


def note_compared(report: Path, cut: str, refreshes: int) -> None:
    """Adds a line to the report; the first cut begins it."""
    text = REPORTED if cut == next(iter(CUTS)) else report.read_text(encoding="utf-8")
    report.write_text(f"{text}| {cut} | {CUSTOMERS:,} | {refreshes} |\n", encoding="utf-8")


def whole(tmp_path: Path, raw_dir: Path, as_of: datetime.date, rules_dir: Path | None = None) -> Path:
    """A database built in one go; of the same name, so that the parsed project serves both."""
    folder = tmp_path / "whole"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    refresh(folder / "shop.duckdb", raw_dir, as_of, rules_dir=rules_dir)
    return folder / "shop.duckdb"


def rebuilt(db: Path) -> set[str]:
    """The incremental models that the last run built anew."""
    with duckdb.connect(str(db), read_only=True) as connection:
        return {name for (name,) in connection.execute("from spine_functions.rebuilt_models").fetchall()}


def rewrite(path: Path, query: str) -> None:
    """Replaces a Parquet file by what a query makes of its rows, `old`."""
    following = path.with_suffix(".new")
    duckdb.sql(f"copy (with old as (from '{path}') {query}) to '{following}' (format parquet)")
    following.replace(path)


def as_csv(folder: Path) -> None:
    """Turns the files of a table into one CSV file."""
    duckdb.sql(f"copy (from '{folder}/*.parquet') to '{folder}.csv' (header)")
    shutil.rmtree(folder)
