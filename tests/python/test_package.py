"""The project as a package: the shop of integration_tests builds it with plain dbt, from its own tables and rules."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT_DIR, SAMPLE_DAY, Run, once, run_command
from spine.sample.shop import generate_sample

CONSUMER = PROJECT_DIR / "integration_tests"
# The shop's own names for what it brings, and the tables that are as the contract has them.
LANDING = """
    create schema landing;
    create table landing.sales as
    select
        order_id as sale_number, customer_id as buyer, ordered_at as sold_at, amount as net, status as state, currency
    from '{raw}/orders.parquet';
    create table landing.crm_contacts as
    select customer_id, email, country, signed_up_at, loaded_at from '{raw}/customers.parquet';
    create table landing.events as from '{raw}/events.parquet';
    create table landing.consent as from '{raw}/consent.parquet';
    create table landing.exchange_rates as from '{raw}/exchange_rates.parquet'
"""
# A mart that few others are needed for.
ONE_MART = ("build", "--select", "+customer_ids")


def dbt(project: Path, *arguments: str) -> Run:
    """Runs plain dbt in the shop's project."""
    database = project.parent / "shop.duckdb"
    return run_command("dbt", *arguments, scratch=project.parent, cwd=project, SHOP_DB=str(database))


def copy_of_shop(folder: Path, edits: dict[str, str] | None = None) -> Path:
    """The shop's project with the package as it stands here; `edits` replace texts of its dbt_project.yml."""
    project = folder / "shop"
    shutil.copytree(CONSUMER, project, ignore=shutil.ignore_patterns("dbt_packages", "target", "logs", "*.duckdb"))
    (project / "packages.yml").write_text(f"packages:\n  - local: {PROJECT_DIR}\n", encoding="utf-8")
    settings = (project / "dbt_project.yml").read_text(encoding="utf-8")
    for text, other in (edits or {}).items():
        assert text in settings
        settings = settings.replace(text, other)
    (project / "dbt_project.yml").write_text(settings, encoding="utf-8")
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        if not (folder / "raw").exists():
            generate_sample(folder / "raw", customers=200, until=SAMPLE_DAY)
        connection.execute(LANDING.format(raw=folder / "raw"))
    run = dbt(project, "deps")
    assert run.code == 0, run.all_text[-3000:]
    return project


@pytest.fixture(scope="session")
def shop(tmp_path_factory) -> Path:
    """The folder of a shop that has built one mart, noted what there was then, and built everything."""

    def make(folder: Path) -> None:
        project = copy_of_shop(folder)
        run = dbt(project, *ONE_MART)
        assert run.code == 0, run.all_text[-3000:]
        (folder / "of_one_mart.json").write_text(json.dumps(relations(folder)))
        run = dbt(project, "build")
        assert run.code == 0, run.all_text[-3000:]

    return once(tmp_path_factory, "package", make)


def relations(folder: Path) -> list[list[str]]:
    """Schema and name of all tables and views."""
    query = "select table_schema, table_name from information_schema.tables order by all"
    return [list(row) for row in query_of(folder, query)]


def query_of(folder: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_one_mart_is_built_with_what_it_needs(shop):
    built = json.loads((shop / "of_one_mart.json").read_text())
    assert [name for schema, name in built if schema == "dbt_ann_crm"] == ["customer_ids"]
    assert ["dbt_ann", "shop_orders"] in built
    assert ["dbt_ann_crm_staging", "base_orders"] in built
    assert "int_customer_traits" not in [name for _, name in built]


def test_two_models_of_one_name_stand_beside_each_other(shop):
    (own,), (of_the_package,) = (
        query_of(shop, f"select count(*), count(distinct customer_id) from {schema}.customers")
        for schema in ("dbt_ann", "dbt_ann_crm")
    )
    assert own == of_the_package
    assert own[0] > 100


def test_schemas_have_the_names_that_the_shop_gives_them(shop):
    assert {schema for schema, _ in relations(shop)} == {
        "landing",
        "dbt_ann",
        *(f"dbt_ann_crm{layer}" for layer in ("", "_intermediate", "_rules", "_staging")),
        "spine_functions",
    }


def test_rule_rows_of_the_shop_take_the_place_of_the_shipped_ones(shop):
    members = "select customer_id from dbt_ann_crm.segment_members where segment_kind = 'behaviour' order by all"
    regulars = "select customer_id from dbt_ann_crm.customers where orders_90d >= 2 order by all"
    assert query_of(shop, members) == query_of(shop, regulars)
    cells = "select distinct rfm_segment from dbt_ann_crm.customer_rfm where recency_score = 3 and frequency_score = 1"
    assert query_of(shop, cells) == [("lost",)]


def test_rule_tables_of_the_shop_have_the_types_of_the_shipped_ones(shop):
    types = query_of(
        shop,
        """
        select column_name, data_type from information_schema.columns
        where table_schema = 'dbt_ann_crm_rules' and table_name in ('segments', 'segment_clauses')
            and column_name in ('value', 'valid_to') order by all
        """,
    )
    assert types == [("valid_to", "DATE"), ("value", "VARCHAR")]


def test_vars_of_the_shop_are_in_force(shop):
    settings = dict(query_of(shop, "select name, setting from spine_functions.built_with_dbt_ann"))
    assert settings["timezone"] == "Europe/Berlin"
    assert settings["rfm_window_days"] == "180"
    assert query_of(shop, "select distinct as_of_date from dbt_ann_crm.customers") == [(SAMPLE_DAY,)]


def test_times_do_not_depend_on_the_zone_of_the_session(shop):
    """The shop writes times as text without a zone, which are UTC, and its sessions are in New York."""
    differing = """
        select count(*), count(*) filter (orders.ordered_at is distinct from sales.sold_at)
        from dbt_ann_crm_staging.stg_orders as orders
        inner join landing.sales as sales on orders.order_id = sales.sale_number
    """
    ((orders, others),) = query_of(shop, differing)
    assert (orders > 300, others) == (True, 0)


def test_tables_that_are_not_brought_are_empty_and_said_to_lack(shop):
    rows = query_of(shop, "select table_name, raw_rows from dbt_ann_crm.source_reconciliation")
    assert len(rows) == 12
    assert {name for name, count in rows if count} == {"orders", "customers", "events", "consent", "exchange_rates"}
    lacks = query_of(shop, "select distinct lacks from dbt_ann_crm.traits where trait = 'open_tickets_30d'")
    assert lacks == [("support_tickets",)]


REFUSED = {
    "a model of the shop would be taken for one of the package": (
        {"  require_ref_searches_node_package_before_root: true\n": ""},
        "tables of the same name (customers)",
    ),
    "a table is misspelt": ({"      events: ": "      event: "}, "raw_input: event is none of orders, order_items"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_go_wrong_silently_is_refused(case, tmp_path):
    edits, message = REFUSED[case]
    run = dbt(copy_of_shop(tmp_path, edits), *ONE_MART)
    assert run.code != 0
    assert message in " ".join(run.all_text.split())
    assert ["dbt_ann_crm", "customer_ids"] not in relations(tmp_path)
