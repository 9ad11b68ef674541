"""After any sequence of refreshes every mart equals, row for row, a full refresh on the union of the input."""

import datetime
import shutil
from pathlib import Path

import duckdb
import pytest
from arrivals import late_shop
from marts import differing_marts
from rich.console import Console
from spine.build import BuildRequest, run_dbt
from spine.raw_folder import release_landings

LAST_DAY = datetime.date(2026, 6, 30)
HISTORY = 120
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
]


def refresh(db: Path, raw_dir: Path, as_of: datetime.date, *options: str) -> None:
    """Builds without the tests, in this process, where the project is parsed once."""
    arguments = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test", *options]
    try:
        results = run_dbt(arguments, BuildRequest(db, as_of, raw_dir=raw_dir), Console(quiet=True), quiet=True)
    finally:
        release_landings()
    assert not [result for result in results if not result.is_good], [one.message for one in results if not one.is_good]


def differences(one: Path, other: Path) -> dict:
    """Where two databases differ, in the marts and behind them."""
    found = differing_marts(one, other)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        for table in BEHIND_THE_MARTS:
            counts = tuple(
                connection.execute(
                    f"select count(*) from (from {left}.intermediate.{table} except all from {right}.intermediate.{table})"
                ).fetchall()[0][0]
                for left, right in (("one", "other"), ("other", "one"))
            )
            if any(counts):
                found[table] = counts
    return found


@pytest.mark.parametrize("cut", CUTS)
def test_refreshes_equal_a_full_refresh(cut: str, tmp_path: Path, customers: int = 7000) -> None:
    shop = late_shop(tmp_path / "sample", customers, 14, LAST_DAY, seed=len(cut))
    raw_dir, grown = tmp_path / "raw", tmp_path / "grown.duckdb"
    since = datetime.date(1990, 1, 1)
    for step, days_before in enumerate([HISTORY, *CUTS[cut]]):
        as_of = LAST_DAY - datetime.timedelta(days=days_before)
        assert shop.bring(raw_dir, since, as_of, f"batch-{step}")
        since = as_of
        refresh(grown, raw_dir, as_of)
        whole = tmp_path / f"whole-{step}.duckdb"
        refresh(whole, raw_dir, as_of)
        assert differences(grown, whole) == {}, f"batch {step}"
        whole.unlink()
    shutil.rmtree(raw_dir)
