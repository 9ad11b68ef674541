"""The adapter `shopify`: exports of the Shopify admin become raw tables, and every figure is the export's own."""

import csv
import datetime
import hashlib
import random
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
from adapting import DAY, Adapted, adapt, marts_of
from conftest import run_spine


def columns(names: str) -> list[str]:
    return names.split(",")


# The headers of the vendor's files, whole and in their order.
ORDERS_HEADER = columns(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
CUSTOMERS_HEADER = columns(
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags"
)
OLD_CUSTOMERS_HEADER = columns(
    "First Name,Last Name,Email,Company,Address1,Address2,City,Province,Province Code,Country,Country Code,Zip,Phone,"
    "Accepts Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt"
)
PRODUCTS_HEADER = columns(
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,"
    "Variant Inventory Policy,Variant Fulfillment Service,Variant Price,Variant Compare At Price,"
    "Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,"
    "SEO Title,SEO Description,Variant Image,Variant Weight Unit,Variant Tax Code,Cost per item,Status"
)
# Name, SKU, price.
PRODUCTS = [
    ("Crew Tee - Black / S", "TEE-BLK-S", Decimal("19.90")),
    ("Crew Tee - Black / M", "TEE-BLK-M", Decimal("19.90")),
    ("Mug", "", Decimal("11.50")),
    ("Blanket", "BLANKET", Decimal("74.95")),
]
RATE = Decimal("0.80")
ORDERS = 500
CUSTOMERS = 180


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def write(path: Path, header: list[str], rows: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)


def read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# The export


def order_rows(number: int, rng: random.Random) -> list[dict]:
    """An order as the export has it: the order on the row of its first line, further lines below."""
    in_euros = number % 3 > 0
    placed_at = datetime.datetime(2025, 1, 1, 9, 30) + datetime.timedelta(hours=27 * number)
    lines = [(*rng.choice(PRODUCTS), rng.choice([1, 1, 2]), "true") for _ in range(rng.choice([1, 1, 2, 3]))]
    if number % 11 == 0:
        lines.append(lines[0])
    if number % 37 == 0:
        lines.append(("Gift card - 50", "", Decimal("50.00"), 1, "false"))
    taxable = sum(price * quantity for _, _, price, quantity, is_taxable in lines if is_taxable == "true")
    gift_cards = sum(price * quantity for _, _, price, quantity, is_taxable in lines if is_taxable == "false")
    discount = cents(taxable / 10) if number % 4 == 0 else Decimal(0)
    goods = taxable - discount
    shipping, shipping_discount = Decimal("4.90"), Decimal(0)
    if number % 7 == 0:
        shipping, shipping_discount = Decimal(0), Decimal("4.90")
    duties = Decimal("7.00") if number % 23 == 0 and not in_euros else Decimal(0)
    if in_euros:
        taxes = cents((goods + shipping) * 19 / 119)
        total = goods + gift_cards + shipping
    else:
        taxes = cents((goods + shipping) * 8 / 100)
        total = goods + gift_cards + shipping + taxes + duties
    order = {
        "Name": f"#{1000 + number}",
        "Email": "" if number % 50 == 13 else address_of(number, rng),
        "Phone": "'+49170 555 0009" if number % 100 == 13 else "",
        "Financial Status": "paid",
        "Paid at": moment(placed_at),
        "Fulfillment Status": "fulfilled",
        "Fulfilled at": moment(placed_at + datetime.timedelta(days=1)),
        "Accepts Marketing": rng.choice(["yes", "no"]),
        "Currency": "EUR" if in_euros else "USD",
        "Subtotal": goods + gift_cards,
        "Shipping": shipping,
        "Taxes": taxes,
        # A tip is in the total alone.
        "Total": total + (3 if number % 60 == 1 else 0),
        "Discount Code": "TEN" if discount else "",
        "Discount Amount": discount + shipping_discount,
        "Created at": moment(placed_at),
        "Notes": 'Ring twice,\nthen "wait"' if number % 40 == 0 else "",
        "Payment Method": "Shopify Payments",
        "Refunded Amount": Decimal("0.00"),
        "Id": 5_000_000_000_000 + number,
        "Source": "pos" if number % 9 == 0 else "web",
        "Duties": duties or "",
    }
    order |= what_became_of_it(number, order, placed_at)
    return [
        (order if place == 0 else {"Name": order["Name"]})
        | {
            "Lineitem quantity": quantity,
            "Lineitem name": name,
            "Lineitem price": price,
            "Lineitem sku": sku,
            "Lineitem taxable": is_taxable,
            "Lineitem discount": "0.00",
            "Vendor": "Acme",
        }
        for place, (name, sku, price, quantity, is_taxable) in enumerate(lines)
    ]


def what_became_of_it(number: int, order: dict, placed_at: datetime.datetime) -> dict:
    unpaid = {"Paid at": "", "Fulfilled at": "", "Fulfillment Status": "unfulfilled"}
    cancelled = unpaid | {"Cancelled at": moment(placed_at + datetime.timedelta(hours=3))}
    states = {
        1: {"Financial Status": "refunded", "Refunded Amount": order["Total"]},
        2: {"Financial Status": "partially_refunded", "Refunded Amount": cents(order["Total"] / 3)},
        # All goods and a part of the rest.
        3: {"Financial Status": "partially_refunded", "Refunded Amount": order["Total"] - Decimal("0.50")},
        4: cancelled | {"Financial Status": "voided"},
        5: cancelled,
        6: cancelled | {"Financial Status": "refunded", "Refunded Amount": order["Total"]},
        7: unpaid | {"Financial Status": "pending"},
        8: unpaid | {"Financial Status": "expired"},
        9: {"Payment Method": "bogus"},
        10: unpaid | {"Financial Status": "authorized"},
        11: unpaid | {"Financial Status": "partially_paid"},
    }
    odd = {262: {"Created at": "5/1/24 10:00"}, 263: {"Subtotal": "n/a"}, 264: {"Financial Status": ""}}
    return odd.get(number, {}) | states.get(number % 25, {})


def moment(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S -0400")


def address_of(number: int, rng: random.Random) -> str:
    """Buyers of whom many are customers of the other export, some written in capitals."""
    address = f"buyer{rng.randrange(CUSTOMERS * 5 // 4)}@shop.example"
    return address.upper() if number % 2 else address


def before(rows: list[dict]) -> list[dict]:
    """An order as an earlier export had it: not paid yet, or with nothing given back."""
    order = dict(rows[0])
    if order["Refunded Amount"]:
        order |= {"Financial Status": "paid", "Refunded Amount": "0.00"}
    elif order["Financial Status"] == "paid":
        order |= {"Financial Status": "pending", "Paid at": "", "Fulfilled at": "", "Cancelled at": ""}
    return [order, *rows[1:]]


def customer_row(number: int) -> dict:
    return {
        "Customer ID": f"'{7_000_000 + number}",
        "First Name": "Ann",
        "Last Name": f"Buyer {number}",
        "Email": f"buyer{number}@shop.example",
        "Accepts Email Marketing": ["yes", "no", ""][number % 3],
        "Default Address Country Code": "DE",
        "Phone": f"'+4917055{number:05}" if number % 2 else "",
        "Accepts SMS Marketing": "yes" if number % 4 == 1 else "no",
        "Total Spent": "10.00",
        "Total Orders": "1",
        "Tax Exempt": "no",
        "Tags": "vip" if number % 10 == 0 else "",
    }


def product_rows() -> list[dict]:
    tee = {"Handle": "crew-tee", "Option1 Value": "Black", "Variant Price": "19.90", "Cost per item": "7.00"}
    mug = {"Handle": "mug", "Title": "Mug", "Product Category": "Home", "Option1 Value": "Default Title"}
    return [
        tee | {"Title": "Crew Tee", "Type": "Shirts", "Option2 Value": "S", "Variant SKU": "TEE-BLK-S"},
        tee | {"Option2 Value": "M", "Variant SKU": "TEE-BLK-M"},
        {"Handle": "crew-tee", "Image Src": "https://shop.example/back.jpg"},
        mug | {"Variant Price": "11.50"},
    ]


def write_export(folder: Path) -> None:
    """An export of 500 orders in two files, which overlap by 50, of which the later one has the later states."""
    rng = random.Random(7)
    orders = [order_rows(number, rng) for number in range(ORDERS)]
    earlier = orders[:200] + [before(rows) for rows in orders[200:250]]
    write(folder / "orders_export_1.csv", ORDERS_HEADER, [row for rows in earlier for row in rows])
    write(folder / "orders_export_2.csv", ORDERS_HEADER, [row for rows in orders[200:] for row in rows])
    write(folder / "customers_export.csv", CUSTOMERS_HEADER, [customer_row(number) for number in range(CUSTOMERS)])
    write(folder / "products_export_1.csv", PRODUCTS_HEADER, product_rows())
    (folder / "exchange_rates.csv").write_text(f"currency,valid_on,rate\nUSD,2020-01-01,{RATE}\n")


@pytest.fixture(scope="module")
def export_dir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    write_export(folder)
    return folder


@pytest.fixture(scope="module")
def shop(export_dir, tmp_path_factory) -> Adapted:
    return marts_of(export_dir, "shopify", out_dir=tmp_path_factory.mktemp("adapted"))


# What the export alone says


def orders_of(folder: Path) -> dict[str, list[dict]]:
    """The rows of each order by its name, from the last file that holds it."""
    found = {}
    for path in sorted(folder.glob("orders_export_*.csv")):
        orders = defaultdict(list)
        for row in read(path):
            orders[row["Name"]].append(row)
        found |= orders
    return found


def figures_of(rows: list[dict]) -> dict[str, Decimal]:
    """The money of an order in its own currency: all without tax, but `gross` and `total`."""
    order = rows[0]
    subtotal, shipping, taxes, total, duties, given = (
        Decimal(order[name] or 0) for name in ("Subtotal", "Shipping", "Taxes", "Total", "Duties", "Discount Amount")
    )
    gift_cards = sum(Decimal(row["Lineitem price"]) for row in rows if row["Lineitem name"].startswith("Gift card"))
    lines = sum(Decimal(row["Lineitem price"]) * Decimal(row["Lineitem quantity"]) for row in rows)
    goods = subtotal - gift_cards
    # Most orders of this export have their tax inside, and so have those with a tip, which tell nothing.
    is_inside = total - subtotal - shipping - duties != taxes
    tax_of_goods = cents(taxes * goods / (goods + shipping))
    amount = goods - tax_of_goods if is_inside else goods
    return {
        "amount": amount,
        "discount": cents(min(given, lines - subtotal) * amount / goods),
        "tax": taxes,
        "shipping": shipping - (taxes - tax_of_goods if is_inside else 0),
        "total": total,
        "gross": goods if is_inside else goods + tax_of_goods,
    }


def refund_of(order: dict, figures: dict[str, Decimal]) -> Decimal:
    back = Decimal(order["Refunded Amount"])
    if back >= figures["total"]:
        return figures["amount"]
    return cents(min(back, figures["gross"]) * figures["amount"] / figures["gross"])


def fate_of(order: dict) -> tuple[str, str]:
    """The line of section orders that an order is in, and the reason."""
    not_counted = {
        "voided": "cancelled", "pending": "pending", "authorized": "pending", "partially_paid": "pending",
        "expired": "failed", "": "unmapped",
    }  # fmt: skip
    if "/" in order["Created at"]:
        return "set_aside", "unusable_timestamp"
    if order["Subtotal"] == "n/a":
        return "set_aside", "unusable_amount"
    if order["Payment Method"] == "bogus":
        return "not_counted", "test"
    if order["Cancelled at"]:
        return "not_counted", "cancelled"
    if order["Financial Status"] in not_counted:
        return "not_counted", not_counted[order["Financial Status"]]
    placed_at = datetime.datetime.strptime(order["Created at"], "%Y-%m-%d %H:%M:%S %z").astimezone(datetime.UTC)
    return ("after_the_day" if str(placed_at.date()) > DAY else "counted"), "none"


def lines_of(folder: Path) -> dict[tuple[str, str, str], tuple[int | None, Decimal | None]]:
    """Every figure of `does_it_add_up`, made of nothing but the rows of the export."""
    entries, money = Counter(), defaultdict(Decimal)

    def add(section: str, line: str, amount: Decimal, rate: Decimal, counts: int = 0) -> None:
        entries[section, line, "none"] += counts
        money[section, line, "none"] += cents(amount * rate)

    for rows in orders_of(folder).values():
        order = rows[0]
        line, reason = fate_of(order)
        entries["orders", line, reason] += 1
        entries["orders", "read", "none"] += 1
        if line != "counted":
            continue
        rate = Decimal(1) if order["Currency"] == "EUR" else RATE
        figures = figures_of(rows)
        owner = "customer" if order["Email"] or order["Phone"] else "guest"
        money["revenue", "gross_sales", "none"] += cents(figures["discount"] * rate)
        add("revenue", "gross_sales", figures["amount"], rate, 1)
        add("revenue", "discounts", -figures["discount"], rate)
        add("revenue", "net_revenue", figures["amount"], rate, 1)
        add("owners", owner, figures["amount"], rate, 1)
        if Decimal(order["Refunded Amount"]):
            refund = refund_of(order, figures)
            add("revenue", "refunds", -refund, rate, 1)
            add("revenue", "net_revenue", -refund, rate, 1)
            add("owners", owner, -refund, rate, 1)
        difference = figures["total"] - figures["amount"] - figures["tax"] - figures["shipping"]
        add("invoices", "merchandise", figures["amount"], rate, 1)
        for name, amount in [("tax", figures["tax"]), ("shipping", figures["shipping"]), ("difference", difference)]:
            add("invoices", name, amount, rate)
        entries["invoices", "total", "none"] += 1
        money["invoices", "total", "none"] = sum(
            money["invoices", name, "none"] for name in ("merchandise", "tax", "shipping", "difference")
        )
    entries["owners", "net_revenue", "none"] = entries["revenue", "net_revenue", "none"]
    money["owners", "net_revenue", "none"] = money["revenue", "net_revenue", "none"]
    return {key: (count or None, money.get(key)) for key, count in entries.items()}


# The tests


def test_every_figure_is_the_exports_own(shop, export_dir):
    expected = lines_of(export_dir)
    assert shop.lines() == expected
    for key in [
        ("orders", "set_aside", "unusable_timestamp"),
        ("orders", "set_aside", "unusable_amount"),
        ("orders", "not_counted", "cancelled"),
        ("orders", "not_counted", "test"),
        ("orders", "not_counted", "unmapped"),
        ("orders", "after_the_day", "none"),
        ("owners", "guest", "none"),
    ]:
        assert expected[key][0] > 0
    assert expected["invoices", "difference", "none"][1] > 0


def test_one_command_leads_from_the_export_to_published_segments(export_dir, tmp_path):
    db = tmp_path / "shop.duckdb"
    arguments = ("--raw", export_dir, "--source", "shopify", "--db", db, "--as-of", DAY)
    run = run_spine("refresh", *arguments, scratch=tmp_path)
    assert run.code == 0, run.all_text
    query = """
        select section, line, reason, sum(entries), sum(amount) from marts.does_it_add_up
        where section in ('orders', 'revenue', 'invoices', 'owners') group by all
    """
    with duckdb.connect(str(db), read_only=True) as connection:
        assert {row[:3]: row[3:] for row in connection.execute(query).fetchall()} == lines_of(export_dir)
        assert connection.execute("select count(*) from marts.segment_members").fetchall()[0][0] > 0


def test_the_lines_of_an_order_in_two_files_are_there_once(shop, export_dir):
    expected = Counter()
    for rows in orders_of(export_dir).values():
        for row in rows:
            expected[rows[0]["Id"], row["Lineitem sku"] or row["Lineitem name"], row["Lineitem quantity"]] += 1
    found = Counter(shop.rows("select order_id, product_id, quantity from raw.order_items"))
    assert found == expected
    assert max(expected.values()) > 1
    [(lines, keys)] = shop.rows("select count(*), count(distinct (order_id, line_number)) from raw.order_items")
    assert lines == keys


def test_orders_and_customers_meet_by_address_in_any_spelling(shop, export_dir):
    orders = [rows[0] for rows in orders_of(export_dir).values()]
    buyers = {order["Email"].lower() or order["Phone"] for order in orders if fate_of(order)[0] == "counted"} - {""}
    known = {row["Email"] for row in read(export_dir / "customers_export.csv")}
    assert buyers & known
    assert buyers - known
    [(persons,)] = shop.rows("select count(*) from marts.customers where first_ordered_on is not null")
    assert persons == len(buyers)
    [(records,)] = shop.rows("select count(*) from marts.customer_ids where source_customer_id like '70%'")
    assert records == len(known)


def test_nobody_is_written_to_who_does_not_accept_it_today(shop, export_dir):
    customers = {row["Email"]: row for row in read(export_dir / "customers_export.csv")}
    said = defaultdict(list)
    for rows in orders_of(export_dir).values():
        order = rows[0]
        # A no without a date that can be read holds for ever.
        at = order["Created at"] if "/" not in order["Created at"] else "9999"
        said[order["Email"].lower()].append((at, order["Accepts Marketing"]))
    of_counted = {
        rows[0]["Email"].lower() for rows in orders_of(export_dir).values() if fate_of(rows[0])[0] == "counted"
    }
    expected = {}
    for address in (of_counted | customers.keys()) - {""}:
        today = customers.get(address, {}).get("Accepts Email Marketing")
        answers = sorted(said[address])
        by_then = [answer for at, answer in answers if at[:10] <= DAY]
        is_held = by_then[-1:] == ["yes"] and "no" not in [answer for at, answer in answers if at[:10] > DAY]
        expected[id_of(address, customers)] = today == "yes" or (today != "no" and is_held)
    found = dict(shop.rows(CONTACTABLE.format(channel="email")))
    assert {key: found[key] for key in expected} == expected
    assert 20 < sum(expected.values()) < len(expected) - 20
    by_sms = dict(shop.rows(CONTACTABLE.format(channel="sms")))
    for address, row in customers.items():
        is_accepted = row["Accepts SMS Marketing"] == "yes" and row["Phone"] != ""
        assert by_sms[id_of(address, customers)] == is_accepted


CONTACTABLE = """
    select ids.source_customer_id, eligibility.is_contactable
    from marts.customer_ids as ids
    inner join marts.channel_eligibility as eligibility on ids.customer_id = eligibility.customer_id
    where eligibility.channel = '{channel}' and eligibility.purpose = 'marketing'
"""


def id_of(address: str, customers: dict[str, dict]) -> str:
    if address in customers:
        return customers[address]["Customer ID"].lstrip("'")
    return f"email:{hashlib.sha256(address.encode()).hexdigest()[:32]}"


def test_notes_say_what_was_inferred(shop, export_dir):
    orders = [rows[0] for rows in orders_of(export_dir).values()]
    tests = sum(order["Payment Method"] == "bogus" for order in orders)
    said = "\n".join(shop.notes)
    assert "orders with tax (Total = Subtotal + Shipping)" in said
    assert f"shopify: {tests} orders were paid by the Bogus Gateway" in said
    assert "shopify: 50 orders stand in more than one file" in said
    assert "cancelled orders are paid and not refunded" in said
    assert "lines sell gift cards" in said
    assert "has no date of refunds" in said
    assert "@" not in said


def test_segments_have_members(shop):
    assert shop.rows("select count(*) from marts.segment_members")[0][0] > 0


# Details of the raw rows


def raw_rows(folder: Path, query: str, **settings: object) -> list[tuple]:
    """The rows of a query over the raw tables that are made of an export; tables are named as folders of Parquet."""
    raw_dir, _ = adapt(folder / "export", "shopify", out_dir=folder / "adapted", **settings)
    with duckdb.connect() as connection:
        for path in raw_dir.iterdir():
            connection.execute(f"create view {path.name} as from read_parquet('{path}/*.parquet')")
        return connection.execute(query).fetchall()


def write_orders(folder: Path, *orders: dict, name: str = "orders_export") -> None:
    plain = {
        "Financial Status": "paid",
        "Currency": "EUR",
        "Created at": "2026-01-02 10:00:00 +0100",
        "Lineitem quantity": "1",
        "Lineitem name": "Mug",
        "Lineitem taxable": "true",
    }
    write(folder / "export" / f"{name}.csv", ORDERS_HEADER, [plain | order for order in orders])


INSIDE = {
    "Name": "#1",
    "Id": "11",
    "Subtotal": "119.00",
    "Shipping": "11.90",
    "Taxes": "20.90",
    "Total": "130.90",
    "Lineitem price": "119.00",
}
ON_TOP = {
    "Name": "#2",
    "Id": "12",
    "Subtotal": "100.00",
    "Shipping": "10.00",
    "Taxes": "8.80",
    "Total": "118.80",
    "Lineitem price": "100.00",
}


@pytest.mark.parametrize(
    ("order", "is_shipping_taxed", "amount", "shipping"),
    [
        (INSIDE, True, "100.0000", "10.0000"),
        (INSIDE, False, "98.1000", "11.9000"),
        (ON_TOP, True, "100.0000", "10.0000"),
        (ON_TOP, False, "100.0000", "10.0000"),
    ],
)
def test_tax_lies_in_the_prices_where_nothing_is_added_for_it(tmp_path, order, is_shipping_taxed, amount, shipping):
    write_orders(tmp_path, order)
    found = raw_rows(tmp_path, "select amount, shipping from orders", shopify_shipping_is_taxed=is_shipping_taxed)
    assert found == [(amount, shipping)]


def test_an_order_that_shows_neither_is_read_like_most_others(tmp_path):
    tipped = INSIDE | {"Name": "#3", "Id": "13", "Total": "135.90"}
    write_orders(tmp_path, INSIDE, INSIDE | {"Name": "#4", "Id": "14"}, ON_TOP, tipped)
    assert raw_rows(tmp_path, "select amount from orders where order_id = '13'") == [("100.0000",)]


@pytest.mark.parametrize(
    ("refund", "policy", "amount"),
    [
        # 59.50 of goods is 50.00 and its tax.
        ({"Financial Status": "partially_refunded", "Refunded Amount": "59.50"}, "goods_first", "50.00"),
        # All goods, and a part of the shipping.
        ({"Financial Status": "partially_refunded", "Refunded Amount": "125.00"}, "goods_first", "100.00"),
        ({"Financial Status": "partially_refunded", "Refunded Amount": "65.45"}, "like_total", "50.00"),
        ({"Financial Status": "refunded", "Refunded Amount": "130.90"}, "like_total", "100.00"),
        # Old exports have no amount.
        ({"Financial Status": "refunded", "Refunded Amount": ""}, "goods_first", "100.00"),
        ({"Refunded Amount": "much"}, "goods_first", "much"),
        ({"Refunded Amount": "0.00"}, "goods_first", None),
        # Nothing but shipping was paid, and went back.
        (
            {
                "Subtotal": "0.00",
                "Taxes": "1.90",
                "Total": "11.90",
                "Lineitem price": "0.00",
                "Refunded Amount": "5.00",
            },
            "goods_first",
            "0.00",
        ),
    ],
)
def test_a_refund_is_what_it_takes_from_the_revenue(tmp_path, refund, policy, amount):
    write_orders(tmp_path, INSIDE | refund)
    found = raw_rows(tmp_path, "select amount from refunds", shopify_partial_refunds=policy)
    assert [Decimal(text) if text != "much" else text for (text,) in found] == (
        [] if amount is None else [amount if amount == "much" else Decimal(amount)]
    )


@pytest.mark.parametrize(("pattern", "amount", "lines"), [("gift ?card", "100.0000", 2), ("", "150.0000", 2)])
def test_gift_cards_are_no_revenue(tmp_path, pattern, amount, lines):
    order = ON_TOP | {"Subtotal": "150.00", "Total": "168.80"}
    card = {"Name": "#2", "Lineitem name": "Gift Card", "Lineitem price": "50.00", "Lineitem taxable": "false"}
    blank = {"Financial Status": "", "Currency": "", "Created at": ""}
    write_orders(tmp_path, order, blank | card)
    query = "select amount, (select count(*) from order_items) from orders"
    assert raw_rows(tmp_path, query, shopify_gift_card_lines=pattern) == [(amount, lines)]


def test_a_discount_on_shipping_is_none_on_goods(tmp_path):
    order = ON_TOP | {"Lineitem price": "110.00", "Discount Amount": "14.90"}
    write_orders(tmp_path, order)
    assert raw_rows(tmp_path, "select cast(discount_amount as decimal(9, 2)) from orders") == [(Decimal("10.00"),)]


def test_what_cannot_be_read_is_passed_on(tmp_path):
    write_orders(tmp_path, ON_TOP | {"Subtotal": "1.234,50", "Created at": "yesterday", "Financial Status": ""})
    assert raw_rows(tmp_path, "select amount, ordered_at, status from orders") == [("1.234,50", "yesterday", "unknown")]


def test_lines_without_their_order_are_lines_of_an_order_that_is_not_there(tmp_path):
    blank = {"Financial Status": "", "Currency": "", "Created at": ""}
    write_orders(tmp_path, ON_TOP, blank | {"Name": "#7", "Lineitem price": "5.00"})
    assert raw_rows(tmp_path, "select order_id from orders") == [("12",)]
    assert raw_rows(tmp_path, "select order_id from order_items order by all") == [("#7",), ("12",)]


def test_customers_of_older_exports_are_known_by_address(tmp_path):
    write_orders(tmp_path, ON_TOP)
    customer = {"First Name": "Ann", "Email": "Ann@Shop.example", "Country Code": "DE", "Accepts Marketing": "no"}
    write(tmp_path / "export" / "customers.csv", OLD_CUSTOMERS_HEADER, [customer])
    assert raw_rows(tmp_path, "select customer_id, email, country from customers") == [
        ("Ann@Shop.example", "Ann@Shop.example", "DE")
    ]
    assert raw_rows(tmp_path, "select status, address from consent") == [("not_subscribed", "ann@shop.example")]


def test_products_are_named_as_lines_name_them(shop):
    assert sorted(shop.rows("select product_id, name, category, unit_cost from raw.products")) == [
        ("Mug", "Mug", "Home", None),
        ("TEE-BLK-M", "Crew Tee - Black / M", "Shirts", "7.00"),
        ("TEE-BLK-S", "Crew Tee - Black / S", "Shirts", "7.00"),
    ]
