"""Public data sets, each turned from its own shape into the raw contract, as teams do with theirs."""

import csv
import gzip
import json
import os
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT_DIR

DATA_DIR = Path(os.environ.get("SPINE_SHARED_DATA") or PROJECT_DIR.parent / "shared" / "data")
SHAPES = DATA_DIR / "connector_shapes"
# Third-party data stay outside the project, and a clone alone does not have them.
needs_data = pytest.mark.skipif(not DATA_DIR.is_dir(), reason=f"no third-party data in {DATA_DIR}")

# What the click stream calls them, and the canonical event that each is. Every other name stays unmapped.
CLICK_NAMES = {
    "home": "page_viewed",
    "promo_page": "page_viewed",
    "catalog": "page_viewed",
    "cart": "page_viewed",
    "account_page": "page_viewed",
    "product_view": "product_viewed",
    "search": "searched",
    "filter_results": "searched",
    "review_page": "content_read",
    "add_to_cart": "added_to_cart",
    "shipping_details": "checkout_started",
}
CONSENT_PURPOSES = ("necessary", "preferences", "statistics", "marketing")
RATES_TO_USD = {"GBP": Decimal("1.25"), "CAD": Decimal("0.75")}


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, every value trimmed text."""
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8-sig") as file:
        return [{name: (value or "").strip() for name, value in row.items()} for row in csv.DictReader(file)]


def write_csv(raw_dir: Path, table: str, columns: str, rows: Iterable[Iterable]) -> None:
    """A raw table as CSV; `columns` are names separated by spaces."""
    with (raw_dir / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.split())
        writer.writerows(rows)


def read_raw(raw_dir: Path) -> dict[str, list[dict]]:
    """A raw folder as rows per table, as the oracle takes them."""
    raw = {path.stem: read_csv(path) for path in raw_dir.glob("*.csv")}
    with duckdb.connect() as connection:
        for path in raw_dir.glob("*.parquet"):
            cursor = connection.execute("from read_parquet(?)", [str(path)])
            names = [column[0] for column in cursor.description]
            raw[path.stem] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return raw


def convert_cdnow(source: Path, raw_dir: Path) -> None:
    """White space separated text; the last four columns are customer, date, number of CDs and dollars.

    A row has no key and real purchases repeat exactly, so the order id is the number of the row.
    """
    with gzip.open(source, "rt", encoding="ascii") as file:
        purchases = [fields for fields in map(str.split, file) if fields and fields[0] != "customer_id"]
    numbered = list(enumerate(purchases, 1))
    write_csv(
        raw_dir,
        "orders",
        "order_id customer_id ordered_at amount",
        ((number, fields[-4], fields[-3], fields[-1]) for number, fields in numbered),
    )
    write_csv(
        raw_dir,
        "order_items",
        "order_id line_number quantity",
        ((number, 1, fields[-2]) for number, fields in numbered),
    )


def convert_online_retail(source: Path, raw_dir: Path, *, is_valid_only: bool) -> None:
    """An invoice is an order or, below zero ("C…" and two "A…"), a refund that names no order.

    The times are British local time and are moved to UTC: with the business time zone Europe/London the
    business day is the day that stands on the invoice. A reversal without a customer is a refund to "guest",
    which is a junk id and so nobody's revenue. A customer seen in two countries has a record for each, the
    newer one winning. `is_valid_only` keeps the lines that the published RFM table was made of: with a
    customer, not cancelled, with a price.
    """
    valid = "CustomerID is not null and not starts_with(InvoiceNo, 'C') and UnitPrice > 0"
    _write_parquet(
        f"""
        create table lines as
        select
            InvoiceNo as order_id, cast(CustomerID as varchar) as customer_id, Country as country,
            StockCode as product_id, Quantity as quantity,
            cast(UnitPrice as decimal(12, 3)) as unit_price, file_row_number as line_number,
            (InvoiceDate at time zone 'Europe/London') at time zone 'UTC' as ordered_at
        from read_parquet('{source}', file_row_number = true) where {valid if is_valid_only else "true"};
        create table invoices as
        select order_id, customer_id, min(ordered_at) as ordered_at, sum(quantity * unit_price) as amount
        from lines group by order_id, customer_id
        """,
        raw_dir,
        orders="from invoices where amount >= 0",
        refunds="""
            select
                order_id as refund_id, coalesce(customer_id, 'guest') as customer_id,
                ordered_at as refunded_at, -amount as amount
            from invoices where amount < 0
        """,
        order_items="""
            select
                order_id, line_number, product_id, cast(null as varchar) as category, quantity, unit_price
            from lines
        """,
        customers="""
            select customer_id, country, min(ordered_at) as signed_up_at, max(ordered_at) as loaded_at
            from lines where customer_id is not null group by customer_id, country
        """,
    )


def convert_complete_journey(source: Path, raw_dir: Path) -> None:
    """A basket is an order, a campaign is mailed on its first day, a coupon is an event of an unmapped name.

    Basket times are UTC; the days of campaigns and coupons are local, so they begin at midnight in New York.
    """
    _write_parquet(
        f"""
        create table lines as from read_parquet('{source}/transactions.parquet', file_row_number = true);
        create table campaign_days as
        select *, (start_date at time zone 'America/New_York') at time zone 'UTC' as started_at,
            (end_date at time zone 'America/New_York') at time zone 'UTC' as ended_at
        from '{source}/campaign_descriptions.parquet'
        """,
        raw_dir,
        orders="""
            select
                cast(basket_id as varchar) as order_id, cast(min(household_id) as varchar) as customer_id,
                min(transaction_timestamp) as ordered_at, sum(cast(sales_value as decimal(12, 2))) as amount,
                sum(cast(retail_disc + coupon_disc + coupon_match_disc as decimal(12, 2))) as discount_amount,
                'store' as channel
            from lines group by basket_id
        """,
        order_items="""
            select
                cast(basket_id as varchar) as order_id, file_row_number as line_number,
                cast(product_id as varchar) as product_id, quantity,
                cast(sales_value / nullif(quantity, 0) as decimal(12, 4)) as unit_price
            from lines
        """,
        products=f"""
            select
                cast(product_id as varchar) as product_id, product_type as name, product_category as category
            from '{source}/products.parquet'
        """,
        campaigns="""
            select
                cast(campaign_id as varchar) as campaign_id, campaign_type as name, 'mail' as channel,
                started_at, ended_at
            from campaign_days
        """,
        events=f"""
            select
                'mail|' || campaign_id || '|' || household_id as event_id, 'message_sent' as event_name,
                started_at as occurred_at, cast(household_id as varchar) as customer_id, 'mail' as channel,
                cast(campaign_id as varchar) as campaign_id
            from '{source}/campaigns.parquet' inner join campaign_days using (campaign_id)
            union all
            select
                'coupon|' || file_row_number, 'coupon_redeemed',
                (redemption_date at time zone 'America/New_York') at time zone 'UTC',
                cast(household_id as varchar), 'store', cast(campaign_id as varchar)
            from read_parquet('{source}/coupon_redemptions.parquet', file_row_number = true)
        """,
    )


def convert_click_stream(source: Path, raw_dir: Path) -> None:
    """A session is an anonymous visitor linked to the user; a purchase, its amount unknown, an order of 1."""
    clicks = list(enumerate(read_csv(source), 1))
    write_csv(
        raw_dir,
        "events",
        "event_id event_name occurred_at customer_id anonymous_id source",
        (
            (
                number,
                click["event"],
                click["timestamp"],
                click["user_id"],
                click["session_id"],
                "retentioneering",
            )
            for number, click in clicks
        ),
    )
    write_csv(
        raw_dir,
        "orders",
        "order_id customer_id ordered_at amount channel",
        (
            (number, click["user_id"], click["timestamp"], 1, click["platform"])
            for number, click in clicks
            if click["event"] == "purchase"
        ),
    )


def convert_consent_log(source: Path, raw_dir: Path) -> None:
    """A choice opts in to each purpose that it names and out of the others; the banner is an event.

    Orders are required, so there is one, of nothing and nobody.
    """
    log = read_csv(source)
    write_csv(
        raw_dir,
        "consent",
        "consent_id customer_id channel purpose status occurred_at loaded_at",
        (
            (
                f"{row['event_id']}|{purpose}",
                row["domain_userid"],
                "web",
                purpose,
                "opted_in" if purpose in row["consent_scopes"].split(", ") else "opted_out",
                row["derived_tstamp"],
                row["load_tstamp"],
            )
            for row in log
            if row["event_name"] == "consent_preferences"
            for purpose in CONSENT_PURPOSES
        ),
    )
    write_csv(
        raw_dir,
        "events",
        "event_id event_name occurred_at customer_id loaded_at properties",
        (
            (
                row["event_id"],
                row["event_name"],
                row["derived_tstamp"],
                row["domain_userid"],
                row["load_tstamp"],
                json.dumps({"cmp_load_time": row["cmp_load_time"]}),
            )
            for row in log
            if row["event_name"] == "cmp_visible"
        ),
    )
    write_csv(raw_dir, "orders", "order_id ordered_at amount", [("no order", "2021-02-26", 0)])


def convert_shopify(source: Path, raw_dir: Path) -> None:
    """The tables of Shopify's REST connector and of its GraphQL connector, as of one shop.

    Deleted and test orders are left out; a cancelled order is "cancelled" whatever was paid; the amount is
    the subtotal, of several currencies the shop's; a refund is the sum of its lines.
    """
    write_csv(
        raw_dir,
        "orders",
        "order_id customer_id ordered_at amount status discount_amount currency channel loaded_at",
        [*_rest_orders(source), *_graphql_orders(source)],
    )
    write_csv(
        raw_dir,
        "refunds",
        "refund_id order_id refunded_at amount loaded_at",
        [*_rest_refunds(source), *_graphql_refunds(source)],
    )
    rest = read_csv(source / "shopify_customer_data.csv")
    graphql = read_csv(source / "shopify_gql_customer_data.csv")
    write_csv(
        raw_dir,
        "customers",
        "customer_id email phone first_name last_name signed_up_at loaded_at",
        (
            (
                row["id"],
                row["email"],
                row["phone"],
                row["first_name"],
                row["last_name"],
                row["created_at"],
                row["_fivetran_synced"],
            )
            for row in (*rest, *graphql)
        ),
    )
    write_csv(
        raw_dir,
        "identities",
        "identifier_type identifier customer_id linked_at loaded_at",
        (("email", row["email"], row["id"], row["created_at"], row["_fivetran_synced"]) for row in (*rest, *graphql)),
    )
    write_csv(
        raw_dir,
        "consent",
        "consent_id customer_id channel status occurred_at source loaded_at",
        [
            *(
                (
                    f"rest|{row['id']}",
                    row["id"],
                    "email",
                    "subscribed" if row["accepts_marketing"] == "TRUE" else "not_subscribed",
                    row["updated_at"],
                    "shopify",
                    row["_fivetran_synced"],
                )
                for row in rest
            ),
            *(
                (
                    f"graphql|{row['id']}",
                    row["id"],
                    "email",
                    row["email_marketing_consent_state"].lower(),
                    row["email_marketing_consent_updated_at"],
                    row["email_marketing_consent_opt_in_level"].lower(),
                    row["_fivetran_synced"],
                )
                for row in graphql
            ),
        ],
    )
    write_csv(
        raw_dir,
        "exchange_rates",
        "currency valid_on rate",
        ((currency, "2020-01-01", rate) for currency, rate in RATES_TO_USD.items()),
    )


def _rest_orders(source: Path) -> Iterable[tuple]:
    for row in read_csv(source / "shopify_order_data.csv"):
        if row["test"] != "TRUE":
            yield (
                row["id"],
                row["customer_id"],
                row["processed_at"] or row["created_at"],
                row["subtotal_price"],
                "cancelled" if row["cancelled_at"] else row["financial_status"].lower(),
                row["total_discounts"],
                row["currency"],
                row["source_name"],
                row["_fivetran_synced"],
            )


def _graphql_orders(source: Path) -> Iterable[tuple]:
    for row in read_csv(source / "shopify_gql_order_data.csv"):
        if row["test"] != "TRUE" and row["_fivetran_deleted"] != "TRUE":
            yield (
                row["id"],
                row["customer_id"],
                row["processed_at"] or row["created_at"],
                row["subtotal_price_set_shop_amount"],
                "cancelled" if row["cancelled_at"] else row["display_financial_status"].lower(),
                row["total_discounts_set_shop_amount"],
                row["subtotal_price_set_shop_currency_code"],
                row["source_name"],
                row["_fivetran_synced"],
            )


def _rest_refunds(source: Path) -> Iterable[tuple]:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for line in read_csv(source / "shopify_order_line_refund_data.csv"):
        amounts[line["refund_id"]] += Decimal(line["subtotal"])
    for row in read_csv(source / "shopify_refund_data.csv"):
        yield row["id"], row["order_id"], row["processed_at"], amounts[row["id"]], row["_fivetran_synced"]


def _graphql_refunds(source: Path) -> Iterable[tuple]:
    for row in read_csv(source / "shopify_gql_refund_data.csv"):
        yield (
            row["id"],
            row["order_id"],
            row["created_at"],
            row["total_refunded_set_shop_amount"],
            row["_fivetran_synced"],
        )


def _write_parquet(preparation: str, raw_dir: Path, **queries: str) -> None:
    """Writes the rows of each query to the raw table of its name."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(preparation)
        for table, query in queries.items():
            connection.execute(f"copy ({query}) to '{raw_dir / table}.parquet' (format parquet)")
