"""Exports of Stripe's Dashboard, from the file to the marts."""

import csv
import datetime
import random
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from adapting import Adapted, adapt, marts_of
from real_data import read_csv, write_csv
from sums_by_hand import PaidBack, Sale, sums_of

PAYMENTS = """\
id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Amount Refunded,\
Converted Currency,Decline Reason,Description,Fee,Is Link,Link Funding,Mode,PaymentIntent ID,Payment Source Type,\
Refunded date (UTC),Statement Descriptor,Status,Seller Message,Taxes On Fee,Interchange Costs,Merchant Service Charge,\
Card ID,Card Name,Card Address Line1,Card Address Line2,Card Address City,Card Address State,Card Address Country,\
Card Address Zip,Card AVS Line1 Status,Card AVS Zip Status,Card Brand,Card CVC Status,Card Exp Month,Card Exp Year,\
Card Fingerprint,Card Funding,Card Issue Country,Card Last4,Card Tokenization Method,Customer ID,Customer Description,\
Customer Email,Customer Phone,Shipping Name,Shipping Address Line1,Shipping Address Line2,Shipping Address City,\
Shipping Address State,Shipping Address Country,Shipping Address Postal Code,Disputed Amount,Dispute Date (UTC),\
Dispute Evidence Due (UTC),Dispute Reason,Dispute Status,Invoice ID,Invoice Number,Checkout Session ID,\
Checkout Custom Field 1 Key,Checkout Custom Field 1 Value,Checkout Custom Field 2 Key,Checkout Custom Field 2 Value,\
Checkout Custom Field 3 Key,Checkout Custom Field 3 Value,Checkout Line Item Summary,Checkout Promotional Consent,\
Checkout Terms of Service Consent,Client Reference ID,Payment Link ID,UTM Campaign,UTM Content,UTM Medium,UTM Source,\
UTM Term,Terminal Location ID,Terminal Reader ID,Application Fee,Application ID,Destination,Transfer,Transfer Group,\
order_id (metadata)"""
DEFAULT_PAYMENTS = """\
id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Amount Refunded,\
Converted Currency,Decline Reason,Description,Fee,Refunded date (UTC),Statement Descriptor,Status,Seller Message,\
Taxes On Fee,Card ID,Customer ID,Customer Description,Customer Email,Invoice ID,Transfer"""
CHARGES = """\
id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Amount Refunded,\
Fee,Tax,Converted Currency,Mode,Status,Statement Descriptor,Customer ID,Customer Description,Customer Email,Captured,\
Card ID,Card Last4,Card Brand"""
CUSTOMERS = """\
id,Description,Email,Name,Created (UTC),Delinquent,Plan,Status,Total Spend,Payment Count,Refunded Volume,\
Dispute Losses"""
SUBSCRIPTIONS = """\
id,Customer ID,Customer Description,Customer Email,Plan,Product,Quantity,Currency,Interval,Amount,Status,Created (UTC),\
Start (UTC),Start Date (UTC),Current Period Start (UTC),Current Period End (UTC),Trial Start (UTC),Trial End (UTC),\
Application Fee Percent,Coupon,Tax Percent,Canceled At (UTC),Cancel At Period End,Ended At (UTC),Customer Name,\
Cancellation Reason"""
RATES = {"USD": Decimal("0.9"), "GBP": Decimal("1.15")}


@pytest.fixture(scope="module")
def export_dir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stripe") / "export"
    folder.mkdir()
    make_export(folder)
    return folder


@pytest.fixture(scope="module")
def adapted(export_dir, tmp_path_factory) -> Adapted:
    return marts_of(export_dir, "stripe", out_dir=tmp_path_factory.mktemp("stripe_made"))


def make_export(folder: Path) -> None:
    """Payments in two files that overlap, customers, subscriptions, and the rates."""
    chance = random.Random(20260630)
    payments = [payment(number, chance) for number in range(400)]
    early = [row for row in payments if row["Created date (UTC)"] < "2026-04"]
    late = [row for row in payments if row["Created date (UTC)"] > "2026-02"]
    # What the first file has as not yet paid, or not yet refunded.
    before = {"Paid": {"Status": "Pending"}, "Failed": {"Status": "Pending"}, "Refunded": {"Status": "Paid"}}
    for place, row in enumerate(early):
        if row in late and row["id"] and chance.random() < 0.5:
            early[place] = row | before[row["Status"]] | {"Amount Refunded": "0.00", "Refunded date (UTC)": ""}
    write_rows(folder / "unified_payments.csv", PAYMENTS, early)
    write_rows(folder / "unified_payments (1).csv", PAYMENTS, late)
    write_rows(
        folder / "customers.csv",
        CUSTOMERS,
        (
            {
                "id": f"cus_{number}",
                "Email": f"Person{number}@X.example",
                "Name": f"Person {number}",
                "Created (UTC)": "2024-05-01 09:00",
                "Delinquent": "false",
            }
            for number in range(70)
        ),
    )
    write_rows(folder / "subscriptions.csv", SUBSCRIPTIONS, subscriptions())
    write_csv(folder, "exchange_rates", "currency valid_on rate", ((code, "2024-01-01", RATES[code]) for code in RATES))


def payment(number: int, chance: random.Random) -> dict[str, str]:
    """A payment with one of the fates that payments have."""
    made = datetime.datetime(2024, 7, 1) + datetime.timedelta(minutes=chance.randrange(740 * 24 * 60))
    amount = Decimal(chance.randrange(100, 30000)) / 100
    buyer = chance.randrange(60)
    row = {
        "id": f"ch_{number}",
        "Created date (UTC)": made.strftime("%Y-%m-%d %H:%M:%S"),
        "Amount": str(amount),
        "Amount Refunded": "0.00",
        "Currency": chance.choices(["eur", "usd", "gbp"], [8, 2, 1])[0],
        "Captured": "true",
        "Description": 'Subscription "update",\nmonthly',
        "Mode": "Live",
        "PaymentIntent ID": f"pi_{number}",
        "Status": "Paid",
        "Customer ID": f"cus_{buyer}",
        "Customer Email": f"person{buyer}@x.example",
    }
    fate = chance.randrange(20)
    back_at = (made + datetime.timedelta(days=chance.randrange(20))).strftime("%Y-%m-%d %H:%M:%S")
    if fate in (0, 1):
        row |= {"Status": "Refunded", "Amount Refunded": str(amount), "Refunded date (UTC)": back_at}
    elif fate == 2:
        row |= {"Amount Refunded": str(amount / 2), "Refunded date (UTC)": back_at}
    elif fate in (3, 4):
        row |= {"Status": "Failed", "Captured": "false", "Decline Reason": "insufficient_funds"}
    elif fate == 5:
        row |= {"id": "", "Status": "requires_payment_method", "Captured": ""}
    elif fate == 6:
        row |= {"Captured": "false"}
    elif fate == 7:
        row |= {"Mode": "Test"}
    elif fate == 8:
        row |= {
            "Disputed Amount": str(amount),
            "Dispute Status": chance.choice(["lost", "won"]),
            "Dispute Date (UTC)": back_at,
        }
    elif fate == 9:
        # A guest; one of them with the address of a customer.
        row |= {"Customer ID": "", "Customer Email": chance.choice(["", "PERSON3@x.example", f"g{buyer}@x.example"])}
    elif fate == 10:
        row |= {"Amount": str(amount.quantize(Decimal("0.01"))).replace(".", ",")}
    elif fate == 11:
        row |= ({"Amount": "1.234,5 €"}, {"Created date (UTC)": "30/06/2026"}, {"Currency": "jpy"})[number % 3]
    return row


def subscriptions() -> list[dict[str, str]]:
    """One subscription of each kind; that of cus_99 alone tells of that customer."""
    common = {
        "Plan": "price_1",
        "Quantity": "2",
        "Currency": "eur",
        "Interval": "month",
        "Amount": "9.00",
        "Created (UTC)": "2025-01-10 08:00",
        "Start (UTC)": "2026-01-10 08:00",
        "Start Date (UTC)": "2025-01-10 08:00",
        "Current Period End (UTC)": "2026-07-10 08:00",
    }
    kinds = [
        {"Status": "active"},
        {"Status": "active", "Interval": "year", "Amount": "120,00", "Quantity": ""},
        {"Status": "active", "Cancel At Period End": "true", "Canceled At (UTC)": "2026-06-20 08:00"},
        {"Status": "canceled", "Canceled At (UTC)": "2026-03-01 08:00", "Ended At (UTC)": "2026-03-10 08:00"},
        {"Status": "trialing", "Start Date (UTC)": "", "Trial End (UTC)": "2026-07-10 08:00"},
        {"Status": "incomplete_expired", "Customer ID": "cus_99", "Customer Email": "only@x.example"},
    ]
    return [
        common | {"id": f"sub_{number}", "Customer ID": f"cus_{number}"} | kind for number, kind in enumerate(kinds)
    ]


def write_rows(path: Path, header: str, rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header.split(","), restval="", quoting=csv.QUOTE_ALL, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def rows_of(folder: Path) -> list[dict[str, str]]:
    """The payments of both files, as the later one has them."""
    read = [row for name in ("unified_payments.csv", "unified_payments (1).csv") for row in read_csv(folder / name)]
    return list({row["PaymentIntent ID"]: row for row in read}.values())


def money(text: str) -> Decimal | None:
    text = re.sub(r"^(\d+),(\d\d)$", r"\1.\2", text)
    return Decimal(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def day_of(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text[:10]) if re.match(r"\d{4}-", text) else None


def sale(row: dict[str, str]) -> Sale:
    day, amount = day_of(row["Created date (UTC)"]), money(row["Amount"])
    status = row["Status"].lower()
    return Sale(
        order_id=row["id"] or row["PaymentIntent ID"],
        fault="unusable_timestamp" if day is None else "unusable_amount" if amount is None else None,
        buyer=row["Customer ID"] or row["Customer Email"] or None,
        day=day,
        amount=amount,
        currency=row["Currency"].upper(),
        status="requires_capture" if status == "paid" and row["Captured"] == "false" else status,
        is_test=row["Mode"] == "Test",
    )


def refunds(rows: list[dict[str, str]]) -> list[PaidBack]:
    back = []
    for row in rows:
        if amount := money(row["Amount Refunded"]):
            back.append(PaidBack(row["id"], day_of(row["Refunded date (UTC)"]), amount))
        if row["Dispute Status"] == "lost":
            back.append(PaidBack(row["id"], day_of(row["Dispute Date (UTC)"]), money(row["Disputed Amount"])))
    return back


def test_every_figure_is_that_of_the_export(export_dir, adapted):
    rows = rows_of(export_dir)
    expected = sums_of(map(sale, rows), refunds(rows), RATES)
    assert adapted.lines() == expected
    told = {line[1:] for line in expected}
    assert {
        ("set_aside", "unusable_amount"),
        ("set_aside", "unusable_timestamp"),
        ("set_aside", "no_exchange_rate"),
        ("not_counted", "failed"),
        ("not_counted", "pending"),
        ("not_counted", "test"),
        ("after_the_day", "none"),
        ("refunds", "none"),
        ("guest", "none"),
    } <= told


def test_what_was_set_aside_is_kept(export_dir, adapted):
    faults = [one for one in map(sale, rows_of(export_dir)) if one.fault or one.currency == "JPY"]
    [(kept,)] = adapted.rows("select count(*) from marts.quarantined_rows where table_name = 'orders'")
    assert kept == len(faults) > 0
    assert adapted.rows("select count(*) from marts.quarantined_rows where table_name <> 'orders'") == [
        (sum(one.order_id in {fault.order_id for fault in faults} for one in refunds(rows_of(export_dir))),)
    ]


def test_payments_and_customers_of_one_address_are_one_person(export_dir, adapted):
    buyers = {row["Customer Email"].lower() for row in rows_of(export_dir)} | {
        row["Email"].lower() for row in read_csv(export_dir / "customers.csv")
    }
    [(persons,)] = adapted.rows("select count(*) from marts.customers")
    known = {one for one in buyers if one} | {"only@x.example"}
    assert persons == len(known)
    assert len(adapted.rows("select distinct segment_key from marts.segment_members")) > 3


def test_subscriptions_say_when_they_end_and_what_they_cost_a_month(adapted):
    rows = adapted.rows("""
        select subscription_id, cast(started_at as date)::varchar, cast(renews_at as date)::varchar,
            cast(cancelled_at as date)::varchar, monthly_amount, is_live_status
        from staging.stg_subscriptions order by 1
    """)
    assert rows == [
        ("sub_0", "2025-01-10", "2026-07-10", None, Decimal("18.0000"), True),
        ("sub_1", "2025-01-10", "2026-07-10", None, Decimal("10.0000"), True),
        ("sub_2", "2025-01-10", None, "2026-07-10", Decimal("18.0000"), True),
        ("sub_3", "2025-01-10", None, "2026-03-10", Decimal("18.0000"), False),
        ("sub_4", "2025-01-10", "2026-07-10", None, Decimal("18.0000"), True),
        ("sub_5", "2025-01-10", "2026-07-10", None, Decimal("18.0000"), False),
    ]


def test_nobody_may_be_written_to_for_what_stripe_says(adapted):
    assert adapted.rows("select count(*) from marts.channel_eligibility where is_contactable") == [(0,)]


def test_the_notes_count_what_is_worth_knowing(export_dir, adapted):
    rows = rows_of(export_dir)
    left = sum(not row["id"] for row in rows)
    assert any(note.startswith(f"stripe: {left} of ") and "no id" in note for note in adapted.notes)
    assert any("test mode" in note for note in adapted.notes)
    assert not any("no date" in note for note in adapted.notes)


@pytest.mark.parametrize("header", [DEFAULT_PAYMENTS, CHARGES])
def test_other_columns_of_the_same_export_do(tmp_path, header):
    folder = tmp_path / "export"
    folder.mkdir()
    rows = [
        {"Created date (UTC)": "2026-05-01 10:00:00", "Amount": "5.00", "Currency": "eur", "Status": "canceled"},
        {
            "id": "ch_1",
            "Created date (UTC)": "2026-05-01 10:00:00",
            "Created (UTC)": "2026-05-01 10:00:00",
            "Amount": "20.00",
            "Amount Refunded": "5.00",
            "Currency": "eur",
            "Captured": "true",
            "Refunded date (UTC)": "2026-05-03 10:00:00",
            "Status": "Paid",
            "Customer Email": "a@x.example",
        },
    ]
    write_rows(folder / "payments.csv", header, rows if header is DEFAULT_PAYMENTS else rows[1:])
    raw_dir, notes = adapt(folder, "stripe", out_dir=tmp_path)
    made = {name: read_made(raw_dir / name) for name in ("orders", "refunds")}
    assert {(row["status"], row["is_test"]) for row in made["orders"]} <= {("paid", None), ("canceled", None)}
    assert all(row["order_id"] for row in made["orders"])
    [refund] = made["refunds"]
    is_dated = header is DEFAULT_PAYMENTS
    assert refund["refunded_at"] == ("2026-05-03 10:00:00" if is_dated else "2026-05-01 10:00:00")
    assert any("1 refunds have no date" in note for note in notes) is not is_dated
    assert any("column Mode" in note for note in notes)


def read_made(folder: Path) -> list[dict]:
    cursor = duckdb.execute(f"from read_parquet('{folder}/*.parquet')")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
