"""Each feed absent in turn, and each column that a trait needs: what rests on it is unknown, and all else as before."""

from datetime import date

import duckdb
import pytest
from comparison import MARTS_OF_CUSTOMERS, differences_of_customers
from compiled import CompiledProject
from conftest import SAMPLE_DAY, run_spine
from ladders import ladders
from marts import differing_marts
from oracle import TABLES, Config, evaluate
from strategies import Raw

DAY = date(2024, 2, 29)
OPTIONAL = {
    name: [one.name for one in table.columns if not one.is_key and not one.is_required and one.name != table.rest]
    for name, table in TABLES.items()
}


RESTED_ON_BY_NOTHING = {"identities", "campaigns", "exchange_rates"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> tuple[CompiledProject, duckdb.DuckDBPyConnection]:
    project = CompiledProject(tmp_path_factory.mktemp("needs"), {"as_of_date": DAY.isoformat()})
    return project, project.open_database()


@pytest.fixture(scope="module")
def whole() -> Raw:
    """A shop that brings every table, and every column that a trait needs."""
    raw = ladders(DAY)
    attributes = {"language": "de", "loyalty_tier": "gold", "acquisition_channel": "ads"}
    return {**raw, "customers": [row | attributes for row in raw["customers"]]}


def types(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    """The columns of all marts with their types."""
    columns = "select table_name, column_name, data_type from information_schema.columns"
    return connection.execute(f"{columns} where table_schema = 'marts' order by all").fetchall()


def lacks_of(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = connection.execute("select segment_key, lacks from marts.segments where status = 'not_computable'")
    return dict(rows.fetchall())


def test_nothing_is_lacking_where_all_is_brought(bench, whole):
    project, connection = bench
    project.replay(connection, whole)
    assert lacks_of(connection) == {}
    assert connection.execute("select trait from marts.traits where lacks is not null").fetchall() == []


@pytest.mark.parametrize("table", [name for name in TABLES if name not in RESTED_ON_BY_NOTHING])
def test_a_table_that_is_absent_and_its_columns_that_are(table, bench, whole):
    """The table without its optional columns, then none of it; the oracle says what is unknown then."""
    project, connection = bench
    before = types(connection)
    bare = [{name: value for name, value in row.items() if name not in OPTIONAL[table]} for row in whole[table]]
    for rows in (bare, []):
        raw = {**whole, table: rows}
        project.replay(connection, raw, project.needed_for(*MARTS_OF_CUSTOMERS))
        assert not differences_of_customers(connection, evaluate(raw, DAY, Config()))
        assert types(connection) == before


NAMED = {
    "orders.discount_amount": {"price_sensitive": "orders.discount_amount"},
    "order_items.product_id": {"replenishment_due": "order_items.product_id"},
    "products.is_consumable": {"replenishment_due": "products.is_consumable"},
    "subscriptions.renews_at": {"renewal_approaching": "subscriptions.renews_at"},
    "subscriptions.monthly_amount": {"usage_declining": "subscriptions.monthly_amount"},
    # A status says that a trial is running, too.
    "subscriptions.trial_ends_at": {},
    # A bad rating is one way into service_recovery among others.
    "support_tickets.nps": {},
    "support_tickets.satisfaction": {},
    # Either of them says of what a view was.
    "events.product_id": {},
    "events.category": {},
}


@pytest.mark.parametrize("column", NAMED)
def test_a_column_that_is_absent_is_named(column, bench, whole):
    project, connection = bench
    table, absent = column.split(".")
    raw = {**whole, table: [row | {absent: None} for row in whole[table]]}
    project.replay(connection, raw, project.needed_for("segment_catalogue"))
    assert lacks_of(connection) == NAMED[column]


def test_a_shop_that_brings_orders_alone_is_green_whether_the_rest_is_absent_or_empty(sample_raw, tmp_path):
    # Databases of one name: the project is parsed once for both.
    for name, tables in (("absent", ("orders", "exchange_rates")), ("empty", TABLES)):
        raw = tmp_path / name / "raw"
        raw.mkdir(parents=True)
        for table in tables:
            rows = "" if table in ("orders", "exchange_rates") else "limit 0"
            copied = duckdb.sql(f"from '{sample_raw}/{table}.parquet' {rows}")
            copied.write_parquet(str(raw / f"{table}.parquet"))
        db = tmp_path / name / "shop.duckdb"
        run = run_spine("build", "--raw", raw, "--db", db, "--as-of", SAMPLE_DAY, scratch=tmp_path)
        assert run.code == 0, run.all_text
        assert "WARN test segments_are_computable" in run.out and "lacks support_tickets" in run.out
    assert differing_marts(tmp_path / "absent" / "shop.duckdb", tmp_path / "empty" / "shop.duckdb") == {}
    said = run_spine("segments", "--db", tmp_path / "absent" / "shop.duckdb", scratch=tmp_path).out
    assert "Highly engaged (needs events)   " in said and "Big spender   " in said
    with duckdb.connect(str(tmp_path / "absent" / "shop.duckdb"), read_only=True) as connection:
        assert set(lacks_of(connection)) == {
            segment
            for (segment,) in connection.execute(
                "select segment_key from marts.segment_performance where customers is null"
                " intersect select segment_key from marts.segment_health where health_status = 'not_computable'"
            ).fetchall()
        }
        assert not connection.execute(
            "select segment_key from marts.segment_members where segment_key in"
            " (select segment_key from marts.segments where status = 'not_computable')"
        ).fetchall()
        never = "select distinct engagement_tier, messages_sent_90d, is_subscribed, country from marts.customers"
        assert connection.execute(never).fetchall() == [(None, None, None, None)]
