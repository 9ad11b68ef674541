"""Near real time: a slice says of every customer what a full build says that is scored by the same cut points."""

import datetime
import os
import shutil
from pathlib import Path

import duckdb
import pytest
from arrivals import late_shop
from marts import differing_marts
from rich.console import Console
from spine import runs
from spine.build import BuildRequest, build
from spine.publication import read_publication
from spine.refresh import SLICE, RefreshRequest, refresh
from spine.sample import TABLES
from spine.slice import MARTS_OF_A_SLICE
from spine.store import Store
from spine.touched import TABLES_OF_CUSTOMERS

DAY = datetime.date(2026, 6, 30)
CUSTOMERS = int(os.environ.get("SPINE_SLICE_CUSTOMERS", "6000"))
BATCHES = int(os.environ.get("SPINE_SLICE_BATCHES", "3"))
CUT_POINTS = ("int_rfm_cut_points", "int_value_tier_cut_points")
SILENT = Console(quiet=True)


def differing_rows(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """Per mart of a slice the rows that only one of two databases holds."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        found = {
            mart: tuple(
                connection.execute(
                    f"select count(*) from (from {left}.marts.{mart} except all from {right}.marts.{mart})"
                ).fetchall()[0][0]
                for left, right in (("one", "other"), ("other", "one"))
            )
            for mart in MARTS_OF_A_SLICE
        }
    return {mart: counts for mart, counts in found.items() if any(counts)}


def build_scored_as(db: Path, raw_dir: Path, scored: Path) -> None:
    """Builds everything, with the cut points of another database."""
    db.unlink(missing_ok=True)
    build(BuildRequest(db, DAY, raw_dir=raw_dir), SILENT)
    with duckdb.connect(str(db)) as connection:
        connection.execute(f"attach '{scored}' as scored (read_only)")
        for name in CUT_POINTS:
            connection.execute(f"create or replace table intermediate.{name} as from scored.intermediate.{name}")
    build(BuildRequest(db, DAY, raw_dir=raw_dir, select=("int_customer_rfm_scored+", "int_customer_value_tiers+")), SILENT)


def test_after_each_batch_all_customers_are_as_in_a_full_build_with_the_same_cut_points(tmp_path):
    shop = late_shop(tmp_path / "sample", CUSTOMERS, 14, DAY, seed=5)
    raw_dir, store = tmp_path / "raw", Store(tmp_path / "published" / "shop.duckdb")
    whole = tmp_path / "whole" / "shop.duckdb"
    store.db.parent.mkdir()
    whole.parent.mkdir()
    request = RefreshRequest(store.db, raw_dir, DAY, may_slice=True)
    since = datetime.date(1990, 1, 1)
    # What is about everybody is there from the start: news of it is for a full build.
    assert shop.bring(raw_dir, since, DAY, "all", [table for table in TABLES if table not in TABLES_OF_CUSTOMERS])
    for batch in range(BATCHES + 1):
        until = DAY - datetime.timedelta(days=BATCHES - batch)
        assert shop.bring(raw_dir, since, until, f"batch-{batch}", TABLES_OF_CUSTOMERS)
        since = until
        assert refresh(request, SILENT).is_well
        run = runs.load_all(store)[-1]
        assert run.fingerprint.startswith(SLICE) == (batch > 0), "only the first batch needs a full build"
        if batch:
            build_scored_as(whole, raw_dir, store.working)
            assert differing_rows(store.db, whole) == {}, batch
    full_run = runs.full_build(store)
    assert read_publication(store).full_run_id == full_run.run_id != run.run_id

    # A full refresh has something to do, though no file is new since the slice.
    assert refresh(RefreshRequest(store.db, raw_dir, DAY), SILENT).is_well
    build(BuildRequest(whole, DAY, raw_dir=raw_dir), SILENT)
    assert differing_marts(store.db, whole) == {}
    shutil.rmtree(tmp_path, ignore_errors=True)
