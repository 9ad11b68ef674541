"""Public data sets through the real runner: the totals that are known of them, and the oracle's reading.

Nothing here is kept in the project: each data set is converted, built and read in a folder of its own.
"""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from comparison import differences
from oracle import DEFAULT_RULES_DIR, Config, evaluate
from real_data import (
    CLICK_NAMES,
    CONSENT_PURPOSES,
    DATA_DIR,
    RATES_TO_USD,
    convert_cdnow,
    convert_click_stream,
    convert_complete_journey,
    convert_consent_log,
    convert_online_retail,
    convert_shopify,
    needs_data,
    read_csv,
    read_raw,
)

PROJECT_DIR = Path(__file__).resolve().parents[2]
ONLINE_RETAIL_RULES = Path(__file__).with_name("online_retail_rules")
LONDON = {"timezone": "Europe/London", "reporting_currency": "GBP"}
AUTO = {"reporting_currency": "auto"}

RFM_SEGMENTS = "select distinct rfm_segment from marts.customer_rfm"
ALL_RFM_SEGMENTS = {
    "champions", "loyalists", "potential_loyalists", "new_promising", "new_customers", "at_risk", "lost",
}  # fmt: skip


@dataclass
class Workshop:
    """A folder in which one data set is built."""

    folder: Path

    @property
    def raw_dir(self) -> Path:
        """Where the converted data set goes."""
        return self.folder / "raw"

    def write_rules(self, overlay: Path | None = None, **project_vars) -> Path:
        """A whole folder of rules: the shipped ones, under those of `overlay`, and the given vars."""
        rules_dir = self.folder / "rules"
        rules_dir.mkdir()
        for path in [*DEFAULT_RULES_DIR.glob("*.csv"), *(overlay.iterdir() if overlay else ())]:
            shutil.copy(path, rules_dir)
        if project_vars:
            (rules_dir / "vars.yml").write_text(yaml.safe_dump(project_vars), encoding="utf-8")
        return rules_dir

    def build(self, as_of: date, rules_dir: Path | None = None) -> duckdb.DuckDBPyConnection:
        """The database that `spine build` made of the raw folder, every test of it passed."""
        options = ["--raw", self.raw_dir, "--db", self.folder / "shop.duckdb", "--as-of", as_of.isoformat()]
        run_spine("build", *options, *(["--rules", rules_dir] if rules_dir else []), log_dir=self.folder)
        return duckdb.connect(str(self.folder / "shop.duckdb"), read_only=True)

    def differences(
        self,
        connection: duckdb.DuckDBPyConnection,
        as_of: date,
        config: Config | None = None,
        rules_dir: Path = DEFAULT_RULES_DIR,
    ) -> list[str]:
        """Where the marts and the oracle differ: the first few."""
        expected = evaluate(read_raw(self.raw_dir), as_of, config or Config(**AUTO), rules_dir)
        return differences(connection, expected, is_text=False)[:20]


def run_spine(*arguments: object, log_dir: Path) -> None:
    """Runs the console command in a process of its own, which must end well."""
    outcome = subprocess.run(
        [str(Path(sys.executable).with_name("spine")), *map(str, arguments)],
        env={**os.environ, "DBT_TARGET_PATH": str(log_dir / "target"), "DBT_LOG_PATH": str(log_dir / "logs")},
        capture_output=True, text=True, cwd=PROJECT_DIR,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout[-3000:] + outcome.stderr[-1000:]


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    """An empty workshop; it is removed afterwards, for some data sets fill a gigabyte."""
    with tempfile.TemporaryDirectory(prefix="spine-real-data-") as folder:
        (Path(folder) / "raw").mkdir()
        yield Workshop(Path(folder))


def facts_of(connection: duckdb.DuckDBPyConnection, **queries: str) -> dict:
    """The single value of each query."""
    return {name: connection.execute(query).fetchone()[0] for name, query in queries.items()}


def dict_of(connection: duckdb.DuckDBPyConnection, query: str) -> dict:
    """The rows of a query of two columns."""
    return dict(connection.execute(query).fetchall())


def values_of(connection: duckdb.DuckDBPyConnection, query: str) -> set:
    """The values of a query of one column."""
    return {value for (value,) in connection.execute(query).fetchall()}


# the sample shop ---------------------------------------------------------------------------------------


def test_the_sample_shop_has_everybody_and_the_oracle_agrees(workshop):
    """10,000 customers with every table of the contract; no segment is empty but that of too few to be scored."""
    as_of = date(2026, 6, 30)
    shutil.rmtree(workshop.raw_dir)
    size = ("--customers", 10_000)
    run_spine("sample", "--out", workshop.raw_dir, *size, "--until", as_of, log_dir=workshop.folder)
    with workshop.build(as_of) as marts:
        sizes = dict_of(marts, "select segment_key, customers from marts.segment_performance")
        assert sizes.keys() == values_of(marts, "select segment_key from rules.segments where status = 'active'")
        assert [segment_key for segment_key, customers in sizes.items() if customers == 0] == ["rfm_unscored"]
        assert workshop.differences(marts, as_of) == []


# Complete Journey --------------------------------------------------------------------------------------


@needs_data
def test_complete_journey(workshop):
    """A year of grocery baskets whose local year begins and ends within other UTC days."""
    as_of = date(2017, 12, 31)
    convert_complete_journey(DATA_DIR / "completejourney", workshop.raw_dir)
    rules_dir = workshop.write_rules(timezone="America/New_York")
    with workshop.build(as_of, rules_dir) as marts:
        assert facts_of(
            marts,
            customers="select count(*) from marts.customers",
            buyers="select count(*) from marts.customers where orders_life > 0",
            orders="select cast(sum(orders_life) as bigint) from marts.customers",
            sales="select sum(net_revenue_life) from marts.customers",
            owned="select net_revenue from marts.revenue_by_owner where owner_kind = 'customer'",
            first_day="select min(activity_on) from intermediate.int_customer_order_days where orders > 0",
            last_day="select max(activity_on) from intermediate.int_customer_order_days where orders > 0",
            lines="select count(*) from staging.stg_order_items",
            lines_of_nothing="select count(*) from staging.stg_order_items where quantity = 0",
            products="select count(*) from staging.stg_products",
            first_order="select min(ordered_at) from staging.stg_orders",
            last_order="select max(ordered_at) from staging.stg_orders",
            campaigns="select count(*) from staging.stg_campaigns",
            mailed="select count(*) from intermediate.int_events_resolved where event_name = 'message_sent'",
            coupons="""
                select affected_rows from marts.data_quality
                where metric = 'unmapped_event_name' and subject = 'coupon_redeemed'
            """,
        ) == {
            "customers": 2_469, "buyers": 2_469, "orders": 155_848,
            "sales": Decimal("4596039.58"), "owned": Decimal("4596039.58"),
            "first_day": date(2017, 1, 1), "last_day": date(2017, 12, 31),
            "first_order": datetime(2017, 1, 1, 11, 53, 26), "last_order": datetime(2018, 1, 1, 4, 1, 20),
            "lines": 1_469_307, "lines_of_nothing": 8_869, "products": 92_331,
            "campaigns": 27, "mailed": 6_589, "coupons": 2_102,
        }  # fmt: skip
        assert workshop.differences(marts, as_of, Config(timezone="America/New_York", **AUTO)) == []


# CDNOW -------------------------------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize("as_of", [date(1997, 12, 31), date(1998, 6, 30)], ids=str)
def test_cdnow_master(workshop, as_of):
    """The marts as of two days of the log; the last one holds all of it."""
    convert_cdnow(DATA_DIR / "cdnow" / "CDNOW_master.txt.gz", workshop.raw_dir)
    with workshop.build(as_of) as marts:
        if as_of == date(1998, 6, 30):
            assert _cdnow_facts(marts) == {
                "customers": 23_570, "rows": 69_659, "customer_days": 67_591, "duplicates": 255, "free": 80,
                "dollars": Decimal("2500315.63"), "owned": Decimal("2500315.63"), "repeaters": 9_451,
                "zero_class": 14_119,
            }  # fmt: skip
        else:
            # Not on the last day: who has ordered in the year before it scores 4 or 5 on every axis, so that
            # nobody is a potential loyalist or new and promising.
            assert values_of(marts, RFM_SEGMENTS) == ALL_RFM_SEGMENTS
        assert workshop.differences(marts, as_of) == []


@needs_data
def test_cdnow_sample(workshop):
    """The totals of the sample, and its published summary: repeat purchases, weeks until the last, age."""
    convert_cdnow(DATA_DIR / "cdnow" / "CDNOW_sample.txt.gz", workshop.raw_dir)
    with workshop.build(date(1998, 6, 30)) as marts:
        assert _cdnow_facts(marts) == {
            "customers": 2_357, "rows": 6_919, "customer_days": 6_696, "duplicates": 21, "free": 8,
            "dollars": Decimal("244091.94"), "owned": Decimal("244091.94"), "repeaters": 946,
            "zero_class": 1_411,
        }  # fmt: skip
        summary = marts.execute(
            """
            select
                customer_id, count(*) - 1, max(activity_on) - min(activity_on),
                date '1997-09-30' - min(activity_on)
            from intermediate.int_customer_order_days
            where orders > 0 and activity_on <= date '1997-09-30'
            group by customer_id
            """
        ).fetchall()
        assert workshop.differences(marts, date(1998, 6, 30)) == []
    published = {
        int(row["ID"]): (int(row["frequency"]), float(row["recency"]), float(row["T"]))
        for row in read_csv(DATA_DIR / "cdnow" / "cdnow_customers_summary.csv")
    }
    assert {int(who): (x, round(last / 7, 2), round(age / 7, 2)) for who, x, last, age in summary} == published


def _cdnow_facts(marts: duckdb.DuckDBPyConnection) -> dict:
    days_by_customer = """
        select count(*) from (
            select count(*) as days from intermediate.int_customer_order_days
            where orders > 0 and activity_on <= date '1997-09-30' group by customer_id
        )
    """
    return facts_of(
        marts,
        customers="select count(*) from marts.customers where orders_life > 0",
        rows="select cast(sum(orders_life) as bigint) from marts.customers",
        customer_days="select count(*) from intermediate.int_customer_order_days where orders > 0",
        duplicates="""
            select cast(sum(copies - 1) as bigint) from (
                select count(*) as copies
                from staging.stg_orders inner join staging.stg_order_items using (order_id)
                group by customer_id, ordered_on, amount, quantity
            )
        """,
        free="select count(*) from intermediate.int_orders_resolved where is_completed and amount = 0",
        dollars="select sum(net_revenue_life) from marts.customers",
        owned="select net_revenue from marts.revenue_by_owner where owner_kind = 'customer'",
        repeaters=f"{days_by_customer} where days > 1",
        zero_class=f"{days_by_customer} where days = 1",
    )


# Online Retail -----------------------------------------------------------------------------------------


@needs_data
def test_online_retail(workshop):
    """Every line: guests, reversals, bad debts and write-offs add up to the total of the books."""
    as_of = date(2011, 12, 9)
    source = DATA_DIR / "online_retail" / "online_retail_2010_2011.parquet"
    convert_online_retail(source, workshop.raw_dir, is_valid_only=False)
    rules_dir = workshop.write_rules(**LONDON)
    invoices = """
        select order_id, customer_id, true as is_order from staging.stg_orders
        union all
        select refund_id, customer_id, false from staging.stg_refunds
    """
    with workshop.build(as_of, rules_dir) as marts:
        assert facts_of(
            marts,
            invoices=f"select count(*) from ({invoices})",
            cancelled_invoices="select count(*) from staging.stg_refunds where starts_with(refund_id, 'C')",
            lines="select staged_rows from marts.source_reconciliation where table_name = 'order_items'",
            lines_with_customer=f"""
                select count(*) from staging.stg_order_items inner join ({invoices}) using (order_id)
                where customer_id is not null and customer_id <> 'guest'
            """,
            lines_not_cancelled="""
                select count(*) from intermediate.int_customer_purchases
                where coalesce(product_id, category) is not null
            """,
            cancelled_lines="select count(*) from staging.stg_order_items where starts_with(order_id, 'C')",
            lines_of_no_order="""
                select affected_rows from marts.data_quality
                where metric = 'orphan_ids' and table_name = 'order_items' and subject = 'order_id'
            """,
            negative_lines="select count(*) from staging.stg_order_items where quantity < 0",
            written_off_lines="""
                select count(*) from staging.stg_order_items
                where quantity < 0 and unit_price = 0 and not starts_with(order_id, 'C')
            """,
            customers="select count(*) from marts.customers",
            buyers="select count(*) from marts.customers where orders_life > 0",
            payers="""
                select count(distinct customer_id) from intermediate.int_customer_order_days where gross_revenue > 0
            """,
            paid_orders="""
                select count(*) from intermediate.int_orders_resolved
                where owner_kind = 'customer' and amount > 0
            """,
            in_two_countries="""
                select superseded_rows from marts.source_reconciliation where table_name = 'customers'
            """,
            sales="select sum(gross_revenue) from intermediate.int_customer_order_days",
            books="select sum(net_revenue) from marts.revenue_by_owner",
            reversed_order="select net_revenue_life from marts.customers where customer_id = '16446'",
            categories="select sum(categories_bought_life) from marts.customers",
        ) == {
            "invoices": 25_900, "cancelled_invoices": 3_836, "lines": 541_909, "lines_with_customer": 406_829,
            "lines_not_cancelled": 397_924, "cancelled_lines": 9_288, "lines_of_no_order": 9_290,
            "negative_lines": 10_624, "written_off_lines": 1_336, "customers": 4_372, "buyers": 4_339,
            "payers": 4_338, "paid_orders": 18_532, "in_two_countries": 8, "sales": Decimal("8911407.90"),
            "books": Decimal("9747747.93"), "reversed_order": Decimal("2.90"), "categories": None,
        }  # fmt: skip
        assert dict_of(marts, "select owner_kind, net_revenue from marts.revenue_by_owner") == {
            "customer": Decimal("8300065.81"), "guest": Decimal("1755276.64"),
            "unattributed": Decimal("-307594.52"),
        }  # fmt: skip
        assert values_of(marts, RFM_SEGMENTS) == ALL_RFM_SEGMENTS
        assert workshop.differences(marts, as_of, Config(**LONDON)) == []


@needs_data
def test_the_published_rfm_table_of_online_retail_comes_from_rows_alone(workshop):
    """Other rule rows and vars, no other SQL: the ten segments, to the customer.

    The table measures recency in whole days to 2011-12-11 00:00, one more than from the last business day,
    which moves no quintile. Its at_Risk is at_risk here, for keys are in lower case.
    """
    as_of = date(2011, 12, 9)
    source = DATA_DIR / "online_retail" / "online_retail_2010_2011.parquet"
    convert_online_retail(source, workshop.raw_dir, is_valid_only=True)
    with workshop.build(as_of, ONLINE_RETAIL_RULES) as marts:
        segments = dict_of(marts, "select rfm_segment, count(*) from marts.customer_rfm group by 1")
        assert segments == {
            "champions": 633, "loyal_customers": 819, "potential_loyalists": 484, "new_customers": 42,
            "promising": 94, "need_attention": 187, "about_to_sleep": 352, "at_risk": 593, "cant_loose": 63,
            "hibernating": 1_071,
        }  # fmt: skip
        assert facts_of(
            marts,
            customers="select count(*) from marts.customers",
            orders="select cast(sum(orders_life) as bigint) from marts.customers",
            lines="""
                select count(*) from intermediate.int_customer_purchases
                where coalesce(product_id, category) is not null
            """,
            sales="select sum(net_revenue_life) from marts.customers",
        ) == {"customers": 4_338, "orders": 18_532, "lines": 397_884, "sales": Decimal("8911407.90")}
        config = Config(**yaml.safe_load((ONLINE_RETAIL_RULES / "vars.yml").read_text(encoding="utf-8")))
        assert workshop.differences(marts, as_of, config, workshop.write_rules(ONLINE_RETAIL_RULES)) == []


# events and consent ------------------------------------------------------------------------------------


@needs_data
def test_a_click_stream_with_a_taxonomy_of_its_own(workshop):
    """Rows for the names of one source; what has no row is kept, counted and weighs nothing."""
    as_of = date(2024, 6, 29)
    source = DATA_DIR / "events" / "retentioneering_ecom_synthetic" / "ecom.csv.gz"
    convert_click_stream(source, workshop.raw_dir)
    rules_dir = workshop.write_rules()
    _add_click_names(rules_dir / "event_taxonomy.csv")
    clicks = Counter(row["event"] for row in read_csv(source))
    by_canonical_name: Counter = Counter()
    for name, count in clicks.items():
        by_canonical_name[CLICK_NAMES.get(name)] += count
    with workshop.build(as_of, rules_dir) as marts:
        assert dict_of(
            marts, "select event_name, count(*) from intermediate.int_events_resolved group by event_name"
        ) == dict(by_canonical_name)
        assert dict_of(
            marts,
            "select subject, affected_rows from marts.data_quality where metric = 'unmapped_event_name'",
        ) == {name: count for name, count in clicks.items() if name not in CLICK_NAMES}
        assert facts_of(
            marts,
            customers="select count(*) from marts.customers",
            events="select count(*) from intermediate.int_events_resolved where customer_id is not null",
            sessions="""
                select count(*) from intermediate.int_identifiers_resolved
                where identifier_type = 'anonymous_id' and customer_id is not null
            """,
            carts="""
                select count(*) from intermediate.int_events_resolved
                where customer_id is not null and event_name = 'added_to_cart'
            """,
            purchases="select cast(sum(orders) as bigint) from intermediate.int_customer_order_days",
            orders="select cast(sum(orders_life) as bigint) from marts.customers",
            first_day="select min(activity_on) from intermediate.int_customer_event_days",
            last_day="select max(activity_on) from intermediate.int_customer_event_days",
        ) == {
            "customers": 600, "events": 31_106, "sessions": 3_605, "carts": 1_346, "purchases": 470,
            "orders": 470, "first_day": date(2024, 1, 4), "last_day": as_of,
        }  # fmt: skip
        assert workshop.differences(marts, as_of, rules_dir=rules_dir) == []


def _add_click_names(taxonomy: Path) -> None:
    """Each name of the click stream means what its canonical event means under source any."""
    with taxonomy.open(encoding="utf-8", newline="") as file:
        shipped = list(csv.DictReader(file))
    canonical = {row["source_event_name"]: row for row in shipped if row["source"] == "any"}
    with taxonomy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(shipped[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(shipped)
        for name, event_name in CLICK_NAMES.items():
            writer.writerow(canonical[event_name] | {"source": "retentioneering", "source_event_name": name})


@needs_data
def test_a_consent_log_gives_the_states_that_were_expected(workshop):
    """Purposes as rows; the choice of a user is read back from what may be done with them."""
    as_of = date(2021, 3, 3)
    expected_dir = DATA_DIR / "consent" / "snowplow_web_consent" / "expected"
    convert_consent_log(expected_dir / "snowplow_web_consent_log_expected.csv", workshop.raw_dir)
    users = read_csv(expected_dir / "snowplow_web_consent_users_expected.csv")
    rules_dir = workshop.write_rules()
    with (rules_dir / "channels.csv").open("a", encoding="utf-8") as channels:
        channels.writelines(f"web,{purpose},Web,none\n" for purpose in CONSENT_PURPOSES)
    with workshop.build(as_of, rules_dir) as marts:
        rows = marts.execute(
            "select customer_id, purpose, is_contactable from marts.channel_eligibility"
            " where channel = 'web' and consent_status <> 'no_record'"
        ).fetchall()
        customers = values_of(marts, "select customer_id from marts.customers")
        assert workshop.differences(marts, as_of, rules_dir=rules_dir) == []
    granted = {(who, purpose) for who, purpose, is_contactable in rows if is_contactable}
    asked = {who for who, _, _ in rows}
    scopes = {who: {purpose for purpose in CONSENT_PURPOSES if (who, purpose) in granted} for who in customers}
    assert scopes == {row["domain_userid"]: set(filter(None, row["last_consent_scopes"].split(", "))) for row in users}
    choices = {who: _choice(scopes[who]) if who in asked else "none" for who in customers}
    assert choices == {row["domain_userid"]: row["last_consent_event_type"] or "none" for row in users}
    assert Counter(choices.values()) == {"allow_selected": 11, "allow_all": 7, "deny_all": 7, "none": 1}
    on_latest_version = {row["domain_userid"] for row in users if row["is_latest_version"] == "true"}
    assert {
        row["scope"]: int(row["total_consent"])
        for row in read_csv(expected_dir / "snowplow_web_consent_scope_status_expected.csv")
    } == Counter(purpose for who, purpose in granted if who in on_latest_version)


def _choice(scopes: set[str]) -> str:
    """The name that the consent banner gives to a set of purposes; what is necessary is never refused."""
    if scopes == set(CONSENT_PURPOSES):
        return "allow_all"
    return "deny_all" if scopes == {"necessary"} else "allow_selected"


# a shop's connector ------------------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize("folder", ["shopify", "shopify_holistic_reporting"])
def test_shopify(workshop, folder):
    """What a connector lands, counted once more from its own files."""
    as_of = date(2025, 7, 31)
    source = DATA_DIR / "connector_shapes" / folder
    convert_shopify(source, workshop.raw_dir)
    rest = read_csv(source / "shopify_order_data.csv")
    graphql = [
        row
        for row in read_csv(source / "shopify_gql_order_data.csv")
        if row["test"] == "FALSE" and row["_fivetran_deleted"] == "FALSE"
    ]
    paid = [
        *((row["customer_id"], row["subtotal_price"], row["currency"]) for row in rest),
        *(
            (
                row["customer_id"],
                row["subtotal_price_set_shop_amount"],
                row["subtotal_price_set_shop_currency_code"],
            )
            for row in graphql
            if not row["cancelled_at"] and row["display_financial_status"] == "PAID"
        ),
    ]
    spent: Counter = Counter()
    for customer_id, amount, currency in paid:
        spent[customer_id] += round(Decimal(amount) * RATES_TO_USD.get(currency, 1), 2)
    customers = [
        *read_csv(source / "shopify_customer_data.csv"), *read_csv(source / "shopify_gql_customer_data.csv"),
    ]  # fmt: skip
    emails = {row["email"] for row in customers}
    known = {row["id"] for row in customers}
    buyers = {row["customer_id"] for row in (*rest, *graphql)}
    subscribed = {
        row["email"] for row in customers
        if row.get("accepts_marketing") == "TRUE" or row.get("email_marketing_consent_state") == "SUBSCRIBED"
    }  # fmt: skip
    refunds = [
        *read_csv(source / "shopify_refund_data.csv"), *read_csv(source / "shopify_gql_refund_data.csv"),
    ]  # fmt: skip
    with workshop.build(as_of) as marts:
        assert dict_of(
            marts, "select customer_id, net_revenue_life from marts.customers where orders_life > 0"
        ) == dict(spent)
        assert facts_of(
            marts,
            customers="select count(*) from marts.customers",
            orders="select count(*) from staging.stg_orders",
            cancelled="select count(*) from staging.stg_orders where order_status = 'cancelled'",
            completed="select cast(sum(orders_life) as bigint) from marts.customers",
            sales="select sum(net_revenue) from marts.revenue_by_owner",
            emailable="select count(*) from marts.customers where is_contactable_email",
            # The files name no order that they hold, so no refund can be placed.
            refunds_set_aside="""
                select count(*) from marts.quarantined_rows
                where table_name = 'refunds' and quarantine_reason = 'unknown_order'
            """,
        ) == {
            "customers": len(emails) + len(buyers - known),
            "orders": len(rest) + len(graphql),
            "cancelled": sum(1 for row in (*rest, *graphql) if row["cancelled_at"]),
            "completed": len(paid),
            "sales": sum(spent.values()),
            "emailable": len(subscribed),
            "refunds_set_aside": len(refunds),
        }
        assert workshop.differences(marts, as_of) == []
