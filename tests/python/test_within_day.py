"""Within the day: touched customers are judged at once by stored cut points, and all meet at the next full run."""

import dataclasses
import datetime
from pathlib import Path

import duckdb
import pytest
from arrivals import late_shop
from marts import differing_marts
from rich.console import Console
from spine import runs
from spine.refresh import RefreshRequest, refresh
from spine.store import Store
from spine.within_day import MARTS_OF_CUSTOMERS, WITHIN_DAY
from test_incremental import refresh as build

DAY = datetime.date(2026, 6, 30)
# What depends on the whole population, and so on the cut points: exact again after the next full run.
OF_THE_POPULATION = {
    "rfm_score", "recency_score", "frequency_score", "monetary_score", "rfm_segment", "value_tier",
    "count_behaviour_segments", "behaviour_segments",
}  # fmt: skip
KEYS = {
    "channel_eligibility": "customer_id, channel, purpose",
    "customer_ids": "source_customer_id",
    "segment_members": "segment_key, customer_id",
}


def differing_columns(one: Path, other: Path, mart: str) -> set[str]:
    """The columns in which the rows of a mart differ; the name of the mart if the keys do."""
    key = KEYS.get(mart, "customer_id")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only); attach '{other}' as other (read_only)")
        columns = [row[0] for row in connection.execute(f"describe one.marts.{mart}").fetchall()]
        left, right = (
            f"select * from {place}.marts.{mart}"
            + (" where segment_kind in ('lifecycle', 'engagement')" if mart == "segment_members" else "")
            for place in ("one", "other")
        )
        keys = f"select count(*) from (select {key} from ({{}}) except all select {key} from ({{}}))"
        if any(connection.execute(keys.format(*pair)).fetchall()[0][0] for pair in ((left, right), (right, left))):
            return {mart}
        joined = f"({left}) as a inner join ({right}) as b using ({key})"
        query = f"select count(*) from {joined} where a.{{0}} is distinct from b.{{0}}"
        others = [column for column in columns if column not in key.split(", ")]
        return {column for column in others if connection.execute(query.format(column)).fetchall()[0][0]}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return late_shop(tmp_path_factory.mktemp("within-day") / "sample", 1500, 14, DAY, seed=5)


def test_touched_customers_move_at_once_and_all_meet_at_the_next_full_run(shop, tmp_path):
    raw_dir, store = tmp_path / "raw", Store(tmp_path / "published" / "shop.duckdb")
    whole = tmp_path / "whole" / "shop.duckdb"
    store.db.parent.mkdir()
    whole.parent.mkdir()
    request = RefreshRequest(store.db, raw_dir, DAY, may_be_within_day=True)
    since = datetime.date(1990, 1, 1)
    for step, days_before in enumerate([4, 3, 2, 0]):
        until = DAY - datetime.timedelta(days=days_before)
        assert shop.bring(raw_dir, since, until, f"batch-{step}")
        since = until
        assert refresh(request, Console(quiet=True))
        run = runs.load_all(store)[-1]
        assert run.fingerprint.startswith(WITHIN_DAY) == (step > 0)
        whole.unlink(missing_ok=True)
        build(whole, raw_dir, DAY)
        for mart in MARTS_OF_CUSTOMERS if step else ():
            assert differing_columns(store.db, whole, mart) <= OF_THE_POPULATION, mart
    with duckdb.connect(str(store.db), read_only=True) as connection:
        assert connection.execute("select distinct run_id from marts.publication").fetchall() == [(run.run_id,)]
        assert connection.execute("select count(*) from marts.runs where result = 'published'").fetchall() == [(4,)]
        assert connection.execute("select rows_in from marts.runs where run_id = ?", [run.run_id]).fetchall()[0][0][
            "orders"
        ]
    assert set(differing_marts(store.db, whole))  # the cut points are those of three days ago

    assert refresh(dataclasses.replace(request, may_be_within_day=False), Console(quiet=True))
    assert differing_marts(store.db, whole) == {}
