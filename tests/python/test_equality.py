"""The same rows give the same marts, however they are brought and however many threads work on them.

A build under other settings than the default ones is brought in all ways at once, so that it costs one build more.
"""

import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import IN_DOLLARS, MODELS_ONLY, OTHER_SETTINGS, SAMPLE_DAY, WITHOUT_TESTS, once, run_dbt, run_spine
from marts import differing_marts
from spine.sample.shop import TABLES, generate_sample

# Tables small enough to be left whole when others are split.
SPLIT = {"orders": 5, "order_items": 3, "events": 7, "customers": 2, "identities": 3, "consent": 2}


def copied(source: Path, target: Path) -> None:
    shutil.copytree(source, target)


def shuffled_and_split(source: Path, target: Path) -> None:
    """Every table in another order of rows, large ones as folders of many files, also nested ones."""
    target.mkdir()
    for table in TABLES:
        if table not in SPLIT:
            duckdb.sql(
                f"copy (select rows.* from '{source}/{table}.parquet' as rows order by hash(rows, 'shuffled')) "
                f"to '{target}/{table}.parquet' (format parquet, row_group_size 2048)"
            )
    for table, parts in SPLIT.items():
        for part in range(parts):
            folder = target / table / f"part={part % 2}"
            folder.mkdir(parents=True, exist_ok=True)
            duckdb.sql(
                f"copy (select rows.* from '{source}/{table}.parquet' as rows where hash(rows) % {parts} = {part} "
                f"order by hash(rows, 'split')) to '{folder}/{part}.parquet' (format parquet)"
            )


def as_csv(source: Path, target: Path) -> None:
    """Every table as CSV in another order of rows, large ones as folders of two files, some compressed."""
    target.mkdir()
    for table in TABLES:
        rows = f"select rows.* from '{source}/{table}.parquet' as rows"
        order = "order by hash(rows, 'as csv')"
        if table in SPLIT:
            (target / table).mkdir()
            for part in (0, 1):
                kind = "csv.gz' (header, compression gzip)" if table == "events" else "csv' (header, delimiter ';')"
                duckdb.sql(f"copy ({rows} where hash(rows) % 2 = {part} {order}) to '{target}/{table}/{part}.{kind}")
        else:
            duckdb.sql(f"copy ({rows} {order}) to '{target}/{table}.csv' (header)")


# How the rows are brought, and under which settings.
BROUGHT = {
    "plain": (copied, None),
    "shuffled-and-split": (shuffled_and_split, None),
    "plain-other-settings": (copied, OTHER_SETTINGS),
    "csv-other-settings": (as_csv, OTHER_SETTINGS),
}


@pytest.fixture(scope="module")
def built_as(tmp_path_factory):
    """Builds a sample shop of 1,500 customers, brought in one of the ways; once per way."""

    def make_sample(folder: Path) -> None:
        generate_sample(folder / "raw", customers=1500, until=SAMPLE_DAY, seed=7)
        # Rows to be set aside, and duplicates that differ: what happens to them must not depend on their order either.
        orders = folder / "raw" / "orders.parquet"
        duckdb.sql(
            f"copy (select * from '{orders}' union all by name "
            f"(select * replace (-amount as amount, 'bad' || order_id as order_id) from '{orders}' limit 40)) "
            f"to '{folder}/orders.parquet' (format parquet)"
        )
        duckdb.sql(
            f"copy (select * from '{folder}/orders.parquet' union all by name "
            f"select * replace (amount + 1 as amount) from '{orders}' where hash(order_id) % 50 = 0) "
            f"to '{orders}' (format parquet)"
        )

    def build(way: str) -> Path:
        sample = once(tmp_path_factory, "equality", make_sample)

        def make(folder: Path) -> None:
            bring, settings = BROUGHT[way]
            bring(sample / "raw", folder / "raw")
            options = []
            if settings:
                (folder / "rules").mkdir()
                (folder / "rules" / "vars.yml").write_text(settings)
                options = ["--rules", folder / "rules"]
            arguments = ("--raw", folder / "raw", "--db", folder / "shop.duckdb", "--as-of", SAMPLE_DAY, *options)
            run = run_spine("build", *arguments, *MODELS_ONLY, scratch=folder, **WITHOUT_TESTS)
            assert run.code == 0, run.all_text[-3000:]

        return once(tmp_path_factory, f"equality-{way}", make) / "shop.duckdb"

    return build


def test_the_shop_has_what_could_differ(built_as):
    with duckdb.connect(str(built_as("plain")), read_only=True) as connection:
        for query in (
            "select count(*) from marts.quarantined_rows where quarantine_reason = 'negative_amount'",
            "select superseded_rows from marts.source_reconciliation where table_name = 'orders'",
            "select count(*) from marts.segment_members where segment_kind = 'behaviour'",
            "select count(*) from marts.customers",
        ):
            assert connection.execute(query).fetchall()[0][0] >= 40, query


@pytest.mark.parametrize(
    ("plain", "way"),
    [("plain", "shuffled-and-split"), ("plain-other-settings", "csv-other-settings")],
    ids=["shuffled and split", "shuffled and split as csv, with other settings"],
)
def test_marts_do_not_depend_on_the_files(plain, way, built_as):
    assert differing_marts(built_as(plain), built_as(way)) == {}


def test_other_settings_make_other_marts(built_as):
    """Else nothing would be shown by builds that agree under them."""
    assert {"customers", "customer_rfm"} <= differing_marts(built_as("plain"), built_as("plain-other-settings")).keys()


def test_a_second_build_with_other_threads_changes_nothing(built_as, tmp_path):
    """Bit for bit, in the same file, by plain dbt: a sum of doubles would differ in the last place."""
    first, again = built_as("plain"), tmp_path / "shop.duckdb"
    shutil.copy(first, again)
    run = run_dbt(
        "build", "--threads", 1, *MODELS_ONLY, "--profiles-dir", ".", *IN_DOLLARS, **WITHOUT_TESTS,
        scratch=tmp_path, RAW_DIR=str(first.parent / "raw"), SPINE_DB=str(again), SPINE_AS_OF=SAMPLE_DAY.isoformat(),
    )  # fmt: skip
    assert run.code == 0, run.out[-3000:]
    assert differing_marts(first, again) == {}
