"""A Shopify shop as Fivetran lands it: every figure is one that the tables give by themselves."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
import sqlglot
from adapting import DAY, adapt, marts_of
from fivetran_tables import COLUMNS, load_schema, newest, read_tables, write_table
from real_data import SHAPES, needs_data
from spine.errors import InputRefused, UsageError
from spine.raw.adapted import adapted
from spine.raw.adapters import load_adapter
from spine.run.project import project_vars
from sqlglot import ErrorLevel, exp

SOURCE = "fivetran_shopify"
RATES = {"EUR": Decimal(1), "GBP": Decimal("1.1765")}
REVENUE = {"paid", "partially_refunded", "refunded"}
PENDING = {"pending": "pending", "authorized": "pending", "partially_paid": "pending", "voided": "cancelled"}
PENDING |= {"expired": "failed", "": "unmapped"}
CENT = Decimal("0.01")
ALL_DIALECTS = ["spark", "databricks", "snowflake", "bigquery", "postgres"]


def cents(amount: Decimal) -> Decimal:
    """Rounded as money is."""
    return amount.quantize(CENT, ROUND_HALF_UP)


# What an earlier file said of rows that have changed since.
OLDER_VALUES = {
    "order_line": {"quantity": 99},
    "tax_line": {"price": "99"},
    "order_shipping_line": {"discounted_price": "99"},
    "order_line_refund": {"subtotal": "99"},
    "order_adjustment": {"amount": "99"},
    "customer": {"email_marketing_consent_state": "subscribed", "accepts_marketing": "TRUE"},
}


def make_shop(folder: Path) -> None:
    """A year and a half of a shop, in files that overlap."""
    random_of = random.Random(20260630)
    tables = defaultdict(list)
    synced = "2026-07-01 03:00:00.123"
    people = range(1, 61)
    for number in range(1, 13):
        tables["product"].append(
            {
                "id": 800 + number,
                "title": f"Ware {number}",
                "handle": f"ware-{number}",
                "product_type": f"Kind {number % 3}",
                "vendor": "Us",
                "published_scope": "web",
                "_fivetran_deleted": number == 12,
                "_fivetran_synced": synced,
            }
        )
    for person in people:
        tables["customer"].append(customer_row(person, synced))
    for number in range(1, 281):
        add_order(tables, number, random_of, synced)
    tables["order"] += odd_orders(synced)
    first, second = tables["order"][:170], tables["order"][150:]
    for row in first[150:]:
        row = row | {"_fivetran_synced": "2026-05-01 03:00:00", "financial_status": "pending", "total_price": 0}
        tables["order, earlier"].append(row)
    for name, rows in tables.items():
        if name not in ("order", "order, earlier"):
            write_table(folder / f"{name}.csv", COLUMNS[name], rows)
    write_table(folder / "order.1.csv", COLUMNS["order"], [*first[:150], *tables["order, earlier"]])
    write_table(folder / "order.2.csv", COLUMNS["order"], second)
    older = {"_fivetran_synced": "2026-05-01 03:00:00"}
    for name, changed in OLDER_VALUES.items():
        rows = [row | older | changed for row in tables[name][:40]]
        write_table(folder / f"{name}.earlier.csv", COLUMNS[name], rows)
    write_table(
        folder / "exchange_rates.csv",
        "currency valid_on rate",
        [{"currency": "GBP", "valid_on": "2024-01-01", "rate": RATES["GBP"]}],
    )


def customer_row(person: int, synced: str) -> dict:
    """A customer; the last digit says what it consents to, and in which columns."""
    row = {
        "id": 5000 + person,
        "first_name": f"First{person}",
        "last_name": f"Last\n{person}",
        "email": f"Buyer{person}@Shop.Example" if person % 2 else f"buyer{person}@shop.example",
        "phone": f"+4917000000{person:02}",
        "orders_count": 1,
        "total_spent": "1.5",
        "verified_email": "TRUE",
        "created_at": "2025-01-01 10:00:00",
        "updated_at": "2026-06-01 10:00:00",
        "_fivetran_deleted": person == 60,
        "_fivetran_synced": synced,
    }
    said = {"email_marketing_consent_consent_updated_at": "2025-02-01 09:00:00"}
    row |= {
        0: {"email_marketing_consent_state": "subscribed", **said},
        1: {
            "email_marketing_consent_state": "SUBSCRIBED",
            **said,
            "sms_marketing_consent_state": "subscribed",
            "sms_marketing_consent_consent_updated_at": "2025-02-01 09:00:00",
        },
        2: {"email_marketing_consent_state": "not_subscribed"},
        3: {"email_marketing_consent_state": "unsubscribed", **said},
        4: {"email_marketing_consent_state": "pending", **said},
        5: {"accepts_marketing": "TRUE", "accepts_marketing_updated_at": "2025-03-01 09:00:00"},
        6: {"accepts_marketing": "FALSE"},
        7: {"email_marketing_consent_state": "unsubscribed"},
        8: {"email_marketing_consent_state": "invalid", **said},
        9: {},
    }[person % 10]
    return row


def add_order(tables: dict[str, list], number: int, random_of: random.Random, synced: str) -> None:
    """An order with its lines, taxes, shipping and refunds; prices hold tax in two orders of three."""
    order_id, has_tax_in_prices = 70000 + number, number % 3 != 0
    rate = Decimal("0.19") if number % 2 else Decimal("0.07")
    placed = datetime(2025, 1, 3) + timedelta(days=random_of.randrange(560), seconds=random_of.randrange(86400))
    goods_before, goods, tax = Decimal(0), Decimal(0), Decimal(0)
    has_tax_lines = number % 7 != 0

    def tax_on(price: Decimal) -> Decimal:
        return cents(price * rate / (1 + rate)) if has_tax_in_prices else cents(price * rate)

    lines = []
    for index in range(1, random_of.randint(2, 4)):
        price, quantity = Decimal(random_of.randint(300, 9000)) / 100, random_of.randint(1, 3)
        discount = cents(
            price * quantity * random_of.choice([Decimal(0), Decimal("0.1"), Decimal(1)][: 2 + (number % 9 == 0)])
        )
        line = {
            "id": order_id * 10 + index,
            "order_id": order_id,
            "product_id": 800 + random_of.randint(1, 12),
            "variant_id": 1,
            "fulfillable_quantity": 0,
            "price": price,
            "quantity": quantity,
            "index": index,
            "_fivetran_synced": synced,
        }
        lines.append((line, price * quantity - discount))
        goods_before, goods = goods_before + price * quantity, goods + price * quantity - discount
        line_tax = tax_on(price * quantity - discount)
        tax += line_tax
        if has_tax_lines:
            tables["tax_line"].append(
                {"index": 1, "order_line_id": line["id"], "price": line_tax, "rate": rate, "_fivetran_synced": synced}
            )
    shipping = random_of.choice([Decimal(0), Decimal("4.90")])
    tax += tax_on(shipping)
    tip = Decimal(2) if number % 40 == 0 else Decimal(0)
    if number % 11:
        tables["order_shipping_line"].append(
            {
                "id": order_id,
                "order_id": order_id,
                "carrier_identifier": "",
                "price": "6.90",
                "discounted_price": shipping,
                "_fivetran_synced": synced,
            }
        )
    status = random_of.choice(
        ["paid"] * 8 + ["partially_refunded", "refunded", "pending", "authorized", "voided", "expired"]
    )
    total = goods + shipping + tip + (0 if has_tax_in_prices else tax)
    who = random_of.randint(1, 60)
    tables["order_line"] += [line for line, _ in lines]
    tables["order"].append(
        {
            "id": order_id,
            "email": f"BUYER{who}@shop.example",
            "customer_id": 5000 + who,
            "taxes_included": str(has_tax_in_prices).upper(),
            "currency": "GBP" if number % 10 == 0 else "EUR",
            "presentment_currency": "CHF" if number % 25 == 0 else "EUR",
            "subtotal_price": goods,
            "total_tax": tax,
            "total_price": total,
            "total_line_items_price": goods_before,
            "total_discounts": goods_before - goods,
            "created_at": placed + timedelta(minutes=5),
            "processed_at": "" if number % 13 == 0 else placed,
            "updated_at": placed + timedelta(days=2),
            "financial_status": status,
            "note": 'said "thank you,\nagain"',
            "cancelled_at": placed + timedelta(days=1) if number % 17 == 0 else "",
            "source_name": "web",
            "test": str(number % 31 == 0).upper(),
            "_fivetran_deleted": number % 43 == 0,
            "_fivetran_synced": synced,
        }
        | ({"customer_id": ""} if number % 19 == 0 else {})
        | ({"customer_id": "", "email": ""} if number % 23 == 0 else {})
    )
    if "refunded" in status:
        add_refunds(tables, order_id, lines, placed, tax_on, has_tax_in_prices, synced)


def add_refunds(
    tables: dict[str, list], order_id: int, lines: list, placed: datetime, tax_on, has_tax_in_prices: bool, synced: str
) -> None:
    """A line goes back, sometimes for less than it cost; shipping alone goes back; money goes back for no line."""
    for number, (line, paid) in enumerate(lines[: 1 + order_id % 3]):
        refund_id, tax = order_id * 10 + number, tax_on(paid)
        tables["refund"].append(
            {
                "id": refund_id,
                "order_id": order_id,
                "restock": "TRUE",
                "created_at": placed + timedelta(days=9),
                "processed_at": "" if number else placed + timedelta(days=10),
                "_fivetran_synced": synced,
            }
        )
        if order_id % 5:
            tables["order_line_refund"].append(
                {
                    "id": refund_id,
                    "refund_id": refund_id,
                    "order_line_id": line["id"],
                    "restock_type": "return",
                    "quantity": line["quantity"],
                    "subtotal": paid - tax if has_tax_in_prices else paid,
                    "total_tax": tax,
                    "_fivetran_synced": synced,
                }
            )
        adjustments = [("shipping_refund", "-4.12", "-0.78")] + [("refund_discrepancy", "-3.00", "0")] * (
            order_id % 5 == 0
        )
        adjustments += [("refund_discrepancy", "0.01", "0")] * (order_id % 4 == 0 and paid > 1)
        for place, (kind, amount, adjusted_tax) in enumerate(adjustments):
            tables["order_adjustment"].append(
                {
                    "id": refund_id * 10 + place,
                    "order_id": order_id,
                    "refund_id": refund_id,
                    "amount": amount,
                    "tax_amount": adjusted_tax,
                    "kind": kind,
                    "reason": kind,
                    "_fivetran_synced": synced,
                }
            )


def odd_orders(synced: str) -> list[dict]:
    """Orders that cannot be used as they are."""
    order = {
        "taxes_included": "FALSE",
        "currency": "EUR",
        "subtotal_price": "10",
        "total_tax": "0",
        "total_price": "10",
        "total_line_items_price": "10",
        "processed_at": "2026-01-01 10:00:00",
        "financial_status": "paid",
        "test": "FALSE",
        "_fivetran_deleted": "FALSE",
        "_fivetran_synced": synced,
    }
    return [
        order | {"id": 90001, "processed_at": "soon"},
        order | {"id": 90002, "subtotal_price": "-1"},
        order | {"id": 90003, "currency": "XAU"},
        order,
        order | {"subtotal_price": "11"},
        order | {"id": 90004, "processed_at": "2026-07-02 10:00:00"},
        order | {"id": 90005, "financial_status": ""},
    ]


def figures(folder: Path) -> dict[tuple[str, str, str], list]:
    """What does_it_add_up must say, from the rows of the files alone."""
    tables = read_tables(folder)
    tax_of_lines = defaultdict(Decimal)
    for row in newest(tables["tax_line"], "order_line_id", "index"):
        tax_of_lines[row["order_line_id"]] += Decimal(row["price"])
    taxes_of_orders: dict[str, Decimal] = defaultdict(Decimal)
    for row in newest(tables["order_line"], "id"):
        if row["id"] in tax_of_lines:
            taxes_of_orders[row["order_id"]] += tax_of_lines[row["id"]]
    shipping = {
        row["order_id"]: Decimal(row["discounted_price"]) for row in newest(tables["order_shipping_line"], "id")
    }
    lines: dict[tuple[str, str, str], list] = defaultdict(lambda: [None, None])

    def add(section: str, line: str, reason: str, entries: int | None, amount: Decimal | None) -> None:
        for entry in {(section, line, reason), (section, TOTALS[section], "none")}:
            lines[entry] = [sum_of(old, new) for old, new in zip(lines[entry], (entries, amount), strict=True)]

    keyless = [row for row in tables["order"] if not row["id"]]
    current = [*newest((row for row in tables["order"] if row["id"]), "id"), *keyless]
    counted = {}
    for row in current:
        if row["_fivetran_deleted"].lower() == "true":
            continue
        if reason := fault_of(row):
            add("orders", "set_aside", reason, 1, None)
        elif (status := status_of(row)) not in REVENUE:
            add("orders", "not_counted", status, 1, None)
        elif (row["processed_at"] or row["created_at"])[:10] > DAY:
            add("orders", "after_the_day", "none", 1, None)
        else:
            add("orders", "counted", "none", 1, None)
            counted[row["id"]] = row
    for order_id, row in counted.items():
        rate, goods, tax = RATES[row["currency"]], Decimal(row["subtotal_price"]), Decimal(row["total_tax"])
        before, total, sent = (
            Decimal(row["total_line_items_price"]),
            Decimal(row["total_price"]),
            shipping.get(order_id, 0),
        )
        amount, discount = goods, before - goods
        if row["taxes_included"] == "TRUE":
            amount -= taxes_of_orders.get(order_id, cents(tax * goods / total) if total else Decimal(0))
            discount = cents(discount * amount / goods) if goods else discount
            sent = Decimal(sent) - (tax - (goods - amount)) if order_id in shipping else 0
        money = {
            name: cents(value * rate)
            for name, value in {
                "merchandise": amount,
                "tax": tax,
                "shipping": Decimal(sent),
                "difference": total - amount - tax - sent,
            }.items()
        }
        discount = cents(discount * rate)
        add("revenue", "gross_sales", "none", 1, money["merchandise"] + discount)
        add("revenue", "discounts", "none", None, -discount)
        for name, value in money.items():
            add("invoices", name, "none", 1 if name == "merchandise" else None, value)
        add("owners", owner_of(row), "none", 1, money["merchandise"])
    for row in tables["refund"]:
        order = counted.get(row["order_id"])
        if order and (row["processed_at"] or row["created_at"])[:10] <= DAY:
            back = [
                Decimal(line["subtotal"])
                for line in newest(tables["order_line_refund"], "id")
                if line["refund_id"] == row["id"]
            ]
            back += [
                -Decimal(part["amount"])
                for part in newest(tables["order_adjustment"], "id")
                if part["refund_id"] == row["id"] and part["kind"] == "refund_discrepancy"
            ]
            amount = -cents(sum(back, Decimal(0)) * RATES[order["currency"]])
            add("revenue", "refunds", "none", 1, amount)
            add("owners", owner_of(order), "none", 1, amount)
    return {entry: tuple(values) for entry, values in lines.items()}


TOTALS = {"orders": "read", "revenue": "net_revenue", "invoices": "total", "owners": "net_revenue"}


def sum_of(old, new):
    """A sum in which nothing is nothing."""
    return old if new is None else new if old is None else old + new


def fault_of(row: dict[str, str]) -> str | None:
    """Why an order is set aside."""
    if not row["id"]:
        return "missing_key"
    if row["processed_at"] == "soon":
        return "unusable_timestamp"
    if Decimal(row["subtotal_price"]) < 0:
        return "negative_amount"
    return None if row["currency"] in RATES else "no_exchange_rate"


def status_of(row: dict[str, str]) -> str:
    """The status that an order counts by."""
    if row["test"] == "TRUE":
        return "test"
    return "cancelled" if row["cancelled_at"] else PENDING.get(row["financial_status"], row["financial_status"])


def owner_of(row: dict[str, str]) -> str:
    """Whose an order is."""
    return "customer" if row["customer_id"] or row["email"] else "guest"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    make_shop(folder)
    return folder


@pytest.fixture(scope="module")
def result(shop, tmp_path_factory):
    return marts_of(shop, SOURCE, out_dir=tmp_path_factory.mktemp("out"))


def test_every_figure_is_that_of_the_tables(shop, result):
    expected = figures(shop)
    assert result.lines() == expected
    assert {entry[1:] for entry in expected if entry[0] == "orders"} >= {
        ("counted", "none"),
        ("after_the_day", "none"),
        ("not_counted", "test"),
        ("not_counted", "cancelled"),
        ("not_counted", "pending"),
        ("not_counted", "failed"),
        ("set_aside", "missing_key"),
        ("set_aside", "unusable_timestamp"),
        ("set_aside", "negative_amount"),
        ("set_aside", "no_exchange_rate"),
    }


def test_refunds_of_orders_that_are_deleted_or_unknown_are_set_aside(shop, result):
    tables = read_tables(shop)
    known = {row["id"] for row in tables["order"] if row["_fivetran_deleted"].lower() != "true"}
    strays = sum(row["order_id"] not in known for row in tables["refund"])
    query = """
        select count(*) from marts.quarantined_rows
        where table_name = 'refunds' and quarantine_reason = 'unknown_order'
    """
    assert result.rows(query) == [(strays,)]


def test_lines_of_overlapping_files_are_there_once(shop, result):
    lines = newest(read_tables(shop)["order_line"], "id")
    assert result.rows("select count(*), count(distinct (order_id, line_number)) from raw.order_items") == [
        (len(lines), len(lines))
    ]
    units = sum(Decimal(row["quantity"]) for row in lines)
    assert result.rows("select sum(cast(quantity as decimal(18, 2))) from raw.order_items") == [(units,)]
    assert result.rows("select count(*) from raw.products") == [(12,)]


@pytest.mark.parametrize(
    ("digit", "email", "sms"),
    [
        (0, ("opted_in", True), None),
        (1, ("opted_in", True), ("opted_in", True)),
        (2, ("not_subscribed", False), None),
        (3, ("opted_out", False), None),
        (4, ("pending", False), None),
        (5, ("opted_in", True), None),
        (6, ("not_subscribed", False), None),
        (7, ("opted_out", False), None),
        (8, ("bounced", False), None),
    ],
)
def test_who_may_be_written_to(result, digit, email, sms):
    query = f"""
        select distinct eligibility.channel, eligibility.consent_status, eligibility.is_contactable
        from marts.channel_eligibility as eligibility
        inner join marts.customer_ids as ids on eligibility.customer_id = ids.customer_id
        where ids.source_customer_id in ('{5010 + digit}', '{5020 + digit}', '{5040 + digit}')
            and eligibility.channel in ('email', 'sms') and eligibility.purpose = 'marketing'
    """
    found = {row[0]: row[1:] for row in result.rows(query)}
    assert found["email"] == email
    assert (found["sms"] if sms else found["sms"][1]) == (sms or False)


def test_a_deleted_customer_may_not_be_written_to(result):
    assert result.rows("select count(*) from raw.customers where customer_id = '5060'") == [(0,)]
    assert result.rows("select count(*) from raw.consent where customer_id = '5060'") == [(0,)]


def test_segments_have_members(result):
    assert result.rows("select count(distinct segment_key) > 5 from marts.segment_members") == [(True,)]


def test_notes_count(shop, result):
    said = " ".join(result.notes)
    orders = read_tables(shop)["order"]
    assert (
        f"prices include tax in {sum(row['taxes_included'] == 'TRUE' for row in orders)} of {len(orders)} orders"
        in said
    )
    assert "have no rows in tax_line" in said
    assert "were paid in another currency" in said
    assert "are deleted at the source" in said
    assert "buyer" not in said.lower()


def everything(raw_dir: Path) -> dict[str, list[tuple]]:
    """The rows of a raw folder, as text."""
    return {
        path.name: duckdb.sql(
            f"select columns(*)::varchar from read_parquet('{path}/*.parquet') order by all"
        ).fetchall()
        for path in sorted(raw_dir.iterdir())
    }


@pytest.fixture(scope="module")
def sound_shop(shop, tmp_path_factory):
    """The shop without the rows that no typed table can hold."""
    folder = tmp_path_factory.mktemp("sound")
    for name, rows in read_tables(shop).items():
        if name in COLUMNS:
            sound = [row for row in rows if row.get("processed_at") != "soon"]
            write_table(folder / f"{name}.csv", COLUMNS[name], sound)
    return folder


@pytest.fixture
def as_schema(sound_shop, tmp_path):
    db = tmp_path / "shop.duckdb"
    load_schema(db, "landed", sound_shop)
    return db


def read_schema(db: Path, out_dir: Path, schema: str = "landed") -> Path:
    """The raw folder of a schema."""
    return adapted(None, [load_adapter(SOURCE, project_vars())], out_dir, (db, schema))[0]


def without_spelling(rows: list[tuple]) -> list[tuple]:
    """Rows in which a moment and a truth value have one spelling, as staging gives them."""
    return sorted((tuple(value and value.removesuffix(".0").lower() for value in row) for row in rows), key=repr)


def test_a_schema_gives_what_its_files_give(sound_shop, as_schema, tmp_path):
    of_files = everything(adapt(sound_shop, SOURCE, out_dir=tmp_path / "of files")[0])
    of_schema = everything(read_schema(as_schema, tmp_path / "of schema"))
    assert of_schema.keys() == of_files.keys()
    for name, rows in of_files.items():
        assert without_spelling(of_schema[name]) == without_spelling(rows), name


def test_a_view_of_another_schema_is_read_too(as_schema, tmp_path):
    with duckdb.connect(str(as_schema)) as connection:
        connection.execute("create schema renamed")
        connection.execute('create view renamed."order" as from landed."order"')
    of_views = everything(read_schema(as_schema, tmp_path / "of views", "renamed"))
    assert len(of_views["orders"]) == len(everything(read_schema(as_schema, tmp_path / "of tables"))["orders"])


def test_a_schema_without_the_orders_is_refused(as_schema, tmp_path):
    with duckdb.connect(str(as_schema)) as connection:
        connection.execute('drop table landed."order"')
    with pytest.raises(InputRefused, match=r"landed\.order: the table is required"):
        read_schema(as_schema, tmp_path / "out")


def test_a_database_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="there is no database"):
        read_schema(tmp_path / "none.duckdb", tmp_path / "out")


def test_a_schema_is_of_one_source(as_schema, tmp_path):
    adapters = [load_adapter(name, project_vars()) for name in (SOURCE, "fivetran_klaviyo")]
    with pytest.raises(UsageError, match="one --source"):
        adapted(None, adapters, tmp_path / "out", (as_schema, "landed"))


def test_selects_run_on_typed_columns(as_schema):
    """In a dbt project on a warehouse no view stands between: the columns have their types, and all of them exist."""
    adapter = load_adapter(SOURCE, project_vars())
    with duckdb.connect(str(as_schema)) as connection:
        connection.execute("create schema export")
        for table in adapter.export.user_tables:
            there = {row[0] for row in connection.execute(f'describe landed."{table.name}"').fetchall()}
            absent = "".join(f", cast(null as timestamp) as {name}" for name in table.column_names if name not in there)
            connection.execute(f'create view export."{table.name}" as select *{absent} from landed."{table.name}"')
        for name, select in adapter.selects.items():
            assert connection.execute(select).fetchall(), name


@pytest.mark.parametrize("source", [SOURCE, "fivetran_klaviyo", "fivetran_mailchimp"])
@pytest.mark.parametrize("dialect", ALL_DIALECTS)
def test_selects_are_portable(source, dialect):
    for name, select in load_adapter(source, project_vars()).selects.items():
        parsed = sqlglot.parse_one(select, read="duckdb")
        parsed.sql(dialect=dialect, unsupported_level=ErrorLevel.RAISE)
        assert not list(parsed.find_all(exp.Anonymous, exp.RegexpLike, exp.TryCast)), name


@needs_data
def test_the_seeds_of_the_packages_are_read(tmp_path):
    folder = tmp_path / "seeds"
    folder.mkdir()
    for name in COLUMNS:
        if (path := SHAPES / "shopify" / f"shopify_{name}_data.csv").is_file():
            (folder / path.name).symlink_to(path)
    raw_dir, _ = adapt(folder, SOURCE, out_dir=tmp_path / "out")
    rows = everything(raw_dir)
    assert {name: len(found) for name, found in rows.items()} == {
        "consent": 4,
        "customers": 4,
        "order_items": 3,
        "orders": 8,
        "products": 8,
        "refunds": 5,
    }
    orders = duckdb.sql(f"from read_parquet('{raw_dir}/orders/*.parquet')")
    assert orders.query("o", "select sum(amount), sum(tax), sum(total) from o").fetchall() == [
        (Decimal("589.9700"), Decimal("0.0300"), Decimal("627.0100"))
    ]
