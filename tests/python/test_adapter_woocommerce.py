"""Exports of WooCommerce orders by two plugins, from the file to the marts."""

import csv
import datetime
import random
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from adapting import Adapted, adapt, marts_of
from real_data import read_csv, write_csv
from sums_by_hand import PaidBack, Sale, sums_of

_ADDRESSES = """\
billing_first_name,billing_last_name,billing_company,billing_email,billing_phone,billing_address_1,billing_address_2,\
billing_postcode,billing_city,billing_state,billing_country,shipping_first_name,shipping_last_name"""
WEBTOFFEE = f"""\
order_id,order_number,order_date,paid_date,status,shipping_total,shipping_tax_total,fee_total,fee_tax_total,tax_total,\
cart_discount,order_discount,discount_total,order_total,order_subtotal,order_key,order_currency,payment_method,\
payment_method_title,transaction_id,customer_ip_address,customer_user_agent,shipping_method,customer_id,customer_user,\
customer_email,{_ADDRESSES},shipping_company,shipping_phone,shipping_address_1,shipping_address_2,shipping_postcode,\
shipping_city,shipping_state,shipping_country,customer_note,wt_import_key,shipping_items,fee_items,tax_items,\
coupon_items,refund_items,order_notes,download_permissions,meta:_wc_order_attribution_device_type,\
meta:_wc_order_attribution_source_type,line_item_1,line_item_2,line_item_3"""
_SKYVERGE_ORDER = f"""\
date,status,shipping_total,shipping_tax_total,fee_total,fee_tax_total,tax_total,discount_total,order_total,\
refunded_total,order_currency,payment_method,shipping_method,customer_id,\
{_ADDRESSES.replace("billing_company", "billing_company,vat_number")},shipping_address_1,shipping_address_2,\
shipping_postcode,shipping_city,shipping_state,shipping_country,shipping_company,customer_note"""
SKYVERGE = f"""\
order_id,order_number,order_number_formatted,{_SKYVERGE_ORDER},line_items,shipping_items,fee_items,tax_items,\
coupon_items,refunds,order_notes,download_permissions_granted"""
SKYVERGE_ITEMS = f"""\
order_id,order_number,{_SKYVERGE_ORDER},item_id,item_product_id,item_name,item_sku,item_price,item_quantity,\
item_subtotal,item_subtotal_tax,item_total,item_total_tax,item_refunded,item_refunded_qty,item_meta,shipping_items,\
fee_items,tax_items,coupon_items,order_notes,download_permissions_granted"""
SKYVERGE_CUSTOMERS = """\
customer_id,first_name,last_name,email,date_registered,billing_first_name,billing_last_name,billing_company,\
billing_email,billing_phone,billing_address_1,billing_address_2,billing_postcode,billing_city,billing_state,\
billing_country,shipping_first_name,shipping_last_name,shipping_company,shipping_address_1,shipping_address_2,\
shipping_postcode,shipping_city,shipping_state,shipping_country"""
RATES = {"USD": Decimal("0.9"), "CHF": Decimal("1.05")}
BERLIN = ZoneInfo("Europe/Berlin")
STATUSES = ("completed", "processing", "refunded", "on-hold", "pending", "cancelled", "failed", "checkout-draft")


@pytest.fixture(scope="module")
def orders() -> list[dict]:
    chance = random.Random(20260630)
    return [order(number, chance) for number in range(1000, 1400)]


@pytest.fixture(scope="module")
def export_dir(orders, tmp_path_factory) -> Path:
    """Two files that overlap, for what was on its way when the first was made is through in the second; and rates."""
    folder = tmp_path_factory.mktemp("woocommerce") / "export"
    folder.mkdir()
    before = {"completed": "pending", "processing": "failed", "refunded": "completed", "cancelled": "on-hold"}
    early = [row for row in orders if row["placed"].year < 2026]
    late = [row for row in orders if row["placed"] > datetime.datetime(2025, 9, 1)]
    early = [
        row | ({"status": before.get(row["status"], row["status"]), "refunds": []} if row in late else {})
        for row in early
    ]
    write_rows(folder / "order_export_2026-01-01.csv", WEBTOFFEE, map(webtoffee, early))
    write_rows(folder / "order_export_2026-07-10.csv", WEBTOFFEE, [*map(webtoffee, late), *unreadable()])
    write_csv(folder, "exchange_rates", "currency valid_on rate", ((code, "2024-01-01", RATES[code]) for code in RATES))
    return folder


@pytest.fixture(scope="module")
def adapted(export_dir, tmp_path_factory) -> Adapted:
    out_dir = tmp_path_factory.mktemp("woocommerce_made")
    return marts_of(export_dir, "woocommerce", out_dir=out_dir, woocommerce_time_zone="Europe/Berlin")


def order(number: int, chance: random.Random) -> dict:
    """An order as the shop has it: prices with or without tax, coupons, fees, refunds in one or two parts."""
    placed = datetime.datetime(2024, 7, 1) + datetime.timedelta(seconds=chance.randrange(740 * 86400))
    buyer, is_taxed_within = chance.randrange(70), chance.random() < 0.5
    lines = []
    for place in range(chance.randint(1, 3)):
        quantity, price = chance.randint(1, 3), Decimal(chance.randrange(300, 9000)) / 100
        net = quantity * (price / Decimal("1.19") if is_taxed_within else price)
        off = net * Decimal("0.1") if chance.random() < 0.3 else Decimal(0)
        lines.append(
            {
                "id": number * 10 + place,
                "product_id": chance.randrange(500, 530),
                "quantity": quantity,
                "subtotal": cents(net),
                "total": cents(net - off),
            }
        )
    shipping = chance.choice([Decimal("4.2017"), Decimal("4.90"), Decimal(0)])
    fee = chance.choice([Decimal(0)] * 6 + [Decimal("2.50"), Decimal("-1.00")])
    merchandise = sum(line["total"] for line in lines)
    tax = cents((merchandise + shipping + fee) * Decimal("0.19"))
    total = cents(merchandise + shipping + fee + tax)
    status = chance.choices(STATUSES, [14, 4, 2, 1, 1, 1, 1, 1])[0]
    refunds = []
    if status == "refunded":
        refunds = [total]
    elif status == "completed" and chance.random() < 0.15:
        refunds = [cents(total * Decimal("0.3")), cents(total * Decimal("0.2"))][: chance.randint(1, 2)]
    is_guest, has_address = chance.random() < 0.3, chance.random() < 0.95
    email = chance.choice([f"person{buyer}@x.example", f"Person{buyer}@X.EXAMPLE"])
    return {
        "order_id": number,
        "placed": placed,
        "status": status,
        "currency": chance.choices(["EUR", "USD", "CHF"], [8, 1, 1])[0],
        "customer_id": 0 if is_guest else 100 + buyer,
        "email": email if has_address or not is_guest else "",
        "phone": f"'+49170{buyer:07}" if has_address and chance.random() < 0.3 else "",
        "lines": lines,
        "shipping": shipping,
        "fee": fee,
        "tax": tax,
        "discount": sum(line["subtotal"] - line["total"] for line in lines),
        "total": total,
        "refunds": [
            (number * 100 + place, placed + datetime.timedelta(days=chance.randrange(1, 40)), amount)
            for place, amount in enumerate(refunds)
        ],
    }


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def in_utc(local: datetime.datetime) -> datetime.datetime:
    return local.replace(tzinfo=BERLIN).astimezone(datetime.UTC)


def common(row: dict) -> dict[str, object]:
    """The columns that both plugins write alike."""
    return {
        "order_id": row["order_id"],
        "order_number": row["order_id"],
        "status": row["status"],
        "fee_total": row["fee"],
        "tax_total": row["tax"],
        "discount_total": row["discount"],
        "order_total": row["total"],
        "order_currency": row["currency"],
        "customer_id": row["customer_id"],
        "billing_first_name": "Ada",
        "billing_last_name": 'O"Neil, jr.',
        "billing_email": row["email"],
        "billing_phone": row["phone"],
        "billing_country": "DE",
        "customer_note": "first line\nsecond; line | with bars",
    }


def webtoffee(row: dict) -> dict[str, object]:
    refunds = [
        f"amount:{amount}|reason:too; small|date:{in_utc(day):%Y-%m-%d %H:%M:%S}" for _, day, amount in row["refunds"]
    ]
    lines = {
        f"line_item_{place}": (
            f"name:Shirt & tie|product_id:{line['product_id']}|sku:S|quantity:{line['quantity']}|total:{line['total']}|"
            f'sub_total:{line["subtotal"]}|tax:1.00|tax_data:{{"total":{{"1":"1.00"}}}}'
        )
        for place, line in enumerate(row["lines"], 1)
    }
    return (
        common(row)
        | {
            "order_date": row["placed"],
            "shipping_total": row["shipping"],
            "order_subtotal": sum(line["subtotal"] for line in row["lines"]),
            "customer_email": row["email"] if row["customer_id"] else "",
            "refund_items": ";".join(refunds),
        }
        | lines
    )


def skyverge(row: dict) -> dict[str, object]:
    def escaped(value: object) -> str:
        return re.sub(r"([:|;])", r"\\\1", str(value))

    lines = (
        f"id:{line['id']}|name:Shirt\\; tie|product_id:{line['product_id']}|sku:S|quantity:{line['quantity']}|"
        f"subtotal:{line['subtotal']}|subtotal_tax:1.00|total:{line['total']}|total_tax:1.00|refunded:0.00|"
        "refunded_qty:0|meta:Size=XL"
        for line in row["lines"]
    )
    refunds = (
        f"id:{refund_id}|date:{escaped(day)}|amount:{amount}|reason:{escaped('id:7|amount:9')}"
        for refund_id, day, amount in row["refunds"]
    )
    return common(row) | {
        "date": row["placed"],
        "shipping_total": row["shipping"],
        "refunded_total": sum(amount for _, _, amount in row["refunds"]),
        "line_items": ";".join(lines),
        "refunds": ";".join(refunds),
    }


def skyverge_items(row: dict) -> Iterable[dict[str, object]]:
    for line in row["lines"]:
        yield skyverge(row) | {
            "item_id": line["id"],
            "item_product_id": line["product_id"],
            "item_quantity": line["quantity"],
            "item_total": line["total"],
        }


def unreadable() -> list[dict[str, object]]:
    """Orders that no one can use: saved by a spreadsheet, without a total, in a currency without a rate."""
    row = {
        "order_id": 1,
        "order_date": "2026-05-05 10:00:00",
        "status": "completed",
        "shipping_total": 0,
        "tax_total": "1.00",
        "order_total": "7.00",
        "order_currency": "EUR",
        "customer_id": 0,
    }
    return [
        row | {"order_date": "5/5/2026 10:00"},
        row | {"order_id": 2, "order_total": "seven"},
        row | {"order_id": 3, "tax_total": "n/a"},
        row | {"order_id": 4, "order_currency": "JPY"},
    ]


def write_rows(path: Path, header: str, rows: Iterable[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header.split(","), restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def rows_of(folder: Path) -> list[dict[str, str]]:
    """The orders of both files, as the later one has them."""
    read = [row for path in sorted(folder.glob("order_export_*.csv")) for row in read_csv(path)]
    return list({row["order_id"]: row for row in read}.values())


def decimal(text: str) -> Decimal | None:
    return Decimal(text or 0) if re.fullmatch(r"(-?\d+(\.\d+)?)?", text) else None


def sale(row: dict[str, str]) -> Sale:
    amounts = [decimal(row[f"{name}_total"]) for name in ("order", "tax", "shipping", "fee")]
    fault = "unusable_amount" if None in amounts else None
    day = None
    if re.fullmatch(r"\d{4}-\d\d-\d\d [\d:]+", row["order_date"]):
        day = in_utc(datetime.datetime.fromisoformat(row["order_date"])).date()
    else:
        fault = "unusable_timestamp"
    if fault:
        return Sale(row["order_id"], fault)
    total, tax, shipping, fee = amounts
    return Sale(
        order_id=row["order_id"],
        buyer=row["customer_id"].strip("0") or row["billing_email"] or row["billing_phone"] or None,
        day=day,
        amount=total - tax - shipping - fee,
        currency=row["order_currency"],
        status=row["status"],
        discount=decimal(row["discount_total"]),
        tax=tax,
        shipping=shipping,
        total=total,
    )


def refunds(rows: list[dict[str, str]]) -> list[PaidBack]:
    """Of what was paid back, the share that merchandise has in the total; to four decimals."""
    back = []
    for row in rows:
        for amount, day in re.findall(r"amount:([\d.]+)\|reason:[^|]*\|date:([\d-]+ [\d:]+)", row["refund_items"]):
            share = sale(row).amount * Decimal(amount) / sale(row).total
            merchandise = share.quantize(Decimal("0.0001"), ROUND_HALF_UP)
            back.append(PaidBack(row["order_id"], datetime.date.fromisoformat(day[:10]), merchandise))
    return back


def made(raw_dir: Path, query: str) -> list[tuple]:
    """The rows of a query; {orders} stands for the file of a table that was made."""
    files = {path.parent.name: f"read_parquet('{path}')" for path in raw_dir.glob("*/woocommerce.parquet")}
    return duckdb.execute(query.format(**files)).fetchall()


def test_every_figure_is_that_of_the_export(export_dir, adapted):
    rows = rows_of(export_dir)
    expected = sums_of(map(sale, rows), refunds(rows), RATES)
    assert adapted.lines() == expected
    told = {line[1:] for line in expected}
    assert {
        ("set_aside", "unusable_amount"),
        ("set_aside", "unusable_timestamp"),
        ("set_aside", "no_exchange_rate"),
        ("not_counted", "cancelled"),
        ("not_counted", "draft"),
        ("not_counted", "failed"),
        ("not_counted", "pending"),
        ("after_the_day", "none"),
        ("refunds", "none"),
        ("guest", "none"),
        ("difference", "none"),
    } <= told


def test_a_full_refund_leaves_nothing(adapted):
    left = adapted.rows("""
        select orders.order_id
        from raw.orders as orders
        inner join raw.refunds as refunds using (order_id)
        where orders.status = 'refunded'
        group by orders.order_id
        having abs(max(orders.amount) - sum(distinct refunds.amount)) > 0
    """)
    assert left == []
    assert adapted.rows("select count(*) > 5 from raw.orders where status = 'refunded'") == [(True,)]


def test_the_items_are_the_merchandise_of_their_orders(adapted):
    differing = adapted.rows("""
        with items as (
            select order_id, sum(cast(quantity as integer) * cast(unit_price as decimal(18, 4))) as merchandise
            from raw.order_items group by order_id
        )
        select orders.order_id from raw.orders as orders left join items using (order_id)
        where cast(orders.order_id as integer) >= 1000
            and abs(cast(orders.amount as decimal(18, 4)) - coalesce(items.merchandise, 0)) > 0.02
    """)
    assert differing == []


def test_what_was_set_aside_is_kept(adapted):
    assert sorted(adapted.rows("select quarantine_reason, count(*) from marts.quarantined_rows group by all")) == [
        ("no_exchange_rate", 1),
        ("unusable_amount", 2),
        ("unusable_timestamp", 1),
    ]


def test_guests_and_customers_of_one_address_are_one_person(export_dir, adapted):
    addresses = {row["billing_email"].lower() for row in rows_of(export_dir)} - {""}
    assert adapted.rows("select count(*) from marts.customers") == [(len(addresses),)]
    assert len(adapted.rows("select distinct segment_key from marts.segment_members")) > 10
    assert adapted.rows("select count(*) from marts.channel_eligibility where is_contactable") == [(0,)]


def test_both_plugins_tell_of_the_same_orders(orders, tmp_path):
    written = {
        "webtoffee": (WEBTOFFEE, map(webtoffee, orders)),
        "skyverge": (SKYVERGE, map(skyverge, orders)),
        "items": (SKYVERGE_ITEMS, (line for row in orders for line in skyverge_items(row))),
    }
    told = {}
    for name, (header, rows) in written.items():
        (tmp_path / name).mkdir()
        write_rows(tmp_path / name / "export.csv", header, rows)
        raw_dir, notes = adapt(
            tmp_path / name, "woocommerce", out_dir=tmp_path / f"{name} made", woocommerce_time_zone="Europe/Berlin"
        )
        told[name] = {
            "orders": made(raw_dir, "from {orders} order by order_id"),
            "customers": made(raw_dir, "from {customers} order by customer_id"),
            "order_items": made(
                raw_dir, "select order_id, product_id, quantity, unit_price from {order_items} order by all"
            ),
        }
        assert any("Europe/Berlin" in note for note in notes)
        if name == "items":
            assert any("were refunded, which that export does not date" in note for note in notes)
        else:
            told[name, "refunds"] = made(raw_dir, "select order_id, refunded_at, amount from {refunds} order by all")
    assert told["webtoffee"] == told["skyverge"] == told["items"]
    assert told["webtoffee", "refunds"] == told["skyverge", "refunds"]
    assert len(told["skyverge", "refunds"]) == sum(len(row["refunds"]) for row in orders)


def test_times_are_utc_unless_a_zone_is_named(orders, tmp_path):
    (tmp_path / "export").mkdir()
    write_rows(tmp_path / "export/orders.csv", WEBTOFFEE, [webtoffee(orders[0])])
    raw_dir, _ = adapt(tmp_path / "export", "woocommerce", out_dir=tmp_path)
    assert made(raw_dir, "select ordered_at from {orders}") == [(str(orders[0]["placed"]),)]


def test_customers_without_orders_come_from_the_export_of_customers(orders, tmp_path):
    (tmp_path / "export").mkdir()
    write_rows(tmp_path / "export/orders.csv", SKYVERGE, map(skyverge, orders))
    people = [
        {"customer_id": "100", "first_name": "Eve", "email": "new@x.example", "date_registered": "2024-01-01 10:00:00"},
        {"customer_id": "999", "first_name": "Bob", "email": "bob@x.example", "date_registered": "2024-01-02 10:00:00"},
        {"customer_id": "0", "first_name": "Gus", "email": "gus@x.example", "date_registered": "2024-01-03 10:00:00"},
    ]
    write_rows(tmp_path / "export/customers.csv", SKYVERGE_CUSTOMERS, people)
    raw_dir, _ = adapt(tmp_path / "export", "woocommerce", out_dir=tmp_path)
    query = "select customer_id, first_name, email, signed_up_at from {customers} where first_name <> 'Ada' order by 1"
    assert made(raw_dir, query) == [
        ("100", "Eve", "new@x.example", "2024-01-01 10:00:00"),
        ("999", "Bob", "bob@x.example", "2024-01-02 10:00:00"),
        ("gus@x.example", "Gus", "gus@x.example", None),
    ]
