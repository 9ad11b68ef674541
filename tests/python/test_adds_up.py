"""From the rows of the export to the last customer: what a build says first, and `marts.does_it_add_up`."""

import re
from decimal import Decimal
from pathlib import Path

import duckdb
from comparison import differences
from conftest import SAMPLE_DAY, run_spine
from oracle import Config, evaluate
from real_data import read_raw
from spine.run.added_up import print_added_up

HEADING = "does it add up? (by month and currency: marts.does_it_add_up)"
# Ten records: the last has a field too many.
ORDERS = """\
order_id,customer_id,ordered_at,amount,currency,discount_amount,tax,shipping,total,status,is_test,loaded_at
o1,anna,2026-05-31 12:00:00,80.00,eur,20.00,16.00,4.90,100.90,completed,,
o2,anna,2026-06-01 12:00:00,10.00,,,2.00,,,wc-processing,no,
o3,,2026-06-02 12:00:00,5.005,EUR,,,,,,,
o4,unknown,2026-06-02 12:00:00,7.00,EUR,,,,,,,
o5,anna,2026-06-02 12:00:00,1000.00,EUR,,,,,completed,true,
o6,anna,2026-06-02 12:00:00,2000.00,EUR,,,,,checkout-draft,,
o7,anna,2026-07-01 12:00:00,3000.00,EUR,,,,,,,
o8,anna,2026-06-02 12:00:00,1.00,EUR,,,,,,,2026-06-03 00:00:00
o8,anna,2026-06-02 12:00:00,2.00,EUR,,,,,,,2026-06-04 00:00:00
o9,anna,2026-06-02 12:00:00,4.00,anna@x.example,,,,,,,
o10,anna,2026-06-02 12:00:00,8.00,EUR,,,,,,,,too many
"""
REFUNDS = """\
refund_id,order_id,refunded_at,amount
r1,o1,2026-06-05 12:00:00,30.00
r2,o5,2026-06-05 12:00:00,1000.00
"""
SAID = """\
    orders: 11 read = 1 superseded + 2 set aside (1 no_exchange_rate, 1 wrong_number_of_fields) + 2 not counted \
(1 draft, 1 test) + 1 after the day + 5 counted
    revenue in EUR: 74.01 net revenue = 124.01 gross sales - 20.00 discounts - 30.00 refunds
    invoices in EUR: 112.90 total = 90.00 merchandise + 18.00 tax + 4.90 shipping
    owners: 74.01 net revenue = 62.00 customer + 5.01 guest + 7.00 unattributed
    persons: 2 ids = 1 persons + 1 nobody; 1 persons = 1 with orders; 1 with orders = 1 unscored
"""
MAY = [
    ("invoices", "EUR", "merchandise", "none", 1, Decimal("80.00")),
    ("invoices", "EUR", "shipping", "none", None, Decimal("4.90")),
    ("invoices", "EUR", "tax", "none", None, Decimal("16.00")),
    ("orders", "EUR", "counted", "none", 1, Decimal("80.00")),
    ("owners", "EUR", "customer", "none", 1, Decimal("80.00")),
    ("revenue", "EUR", "discounts", "none", None, Decimal("-20.00")),
    ("revenue", "EUR", "gross_sales", "none", 1, Decimal("100.00")),
]


def test_the_sample_adds_up_as_its_raw_files_do(built):
    expected = evaluate(read_raw(built.raw), SAMPLE_DAY, Config(reporting_currency="auto"))
    with duckdb.connect(str(built.db), read_only=True) as connection:
        assert differences(connection, expected, is_text=False) == []
    [read] = [line.entries for key, line in orders_of(expected.added_up).items() if key == "read"]
    lines = built.run.out.splitlines()
    said = lines[lines.index(HEADING) + 1]
    assert said.startswith(f"    orders: {read:,} read = ")
    parts = re.findall(r"([\d,]+) ([a-z ]+)", re.sub(r" \([^)]*\)", "", said.split(" = ")[1]))
    assert read == sum(int(count.replace(",", "")) for count, _ in parts)


def orders_of(lines: dict) -> dict:
    """The lines of section orders over all months and currencies."""
    totals = {}
    for (section, _, _, _, line, _, _), said in lines.items():
        if section == "orders":
            before = totals.get(line)
            totals[line] = said if before is None else said._replace(entries=before.entries + said.entries)
    return totals


def test_what_cannot_be_read_or_does_not_count_is_told_with_its_reason(tmp_path):
    raw_dir, rules_dir = tmp_path / "raw", tmp_path / "rules"
    raw_dir.mkdir()
    rules_dir.mkdir()
    (raw_dir / "orders.csv").write_text(ORDERS)
    (raw_dir / "refunds.csv").write_text(REFUNDS)
    (rules_dir / "vars.yml").write_text("max_reject_share: 1.0\n")
    options = ("--raw", raw_dir, "--db", tmp_path / "shop.duckdb", "--rules", rules_dir, "--as-of", SAMPLE_DAY)
    run = run_spine("refresh", *options, scratch=tmp_path)
    assert run.code == 0, run.all_text
    assert SAID in re.sub(r"^\d{4}-\S+ ", "", run.out, flags=re.MULTILINE)
    columns = "section, currency, line, reason, entries, original_amount"
    query = f"select {columns} from marts.does_it_add_up where month = ? and not is_total order by all"
    with duckdb.connect(str(tmp_path / "shop.duckdb"), read_only=True) as connection:
        assert [row for row in connection.execute(query, ["2026-05"]).fetchall() if row[2] != "difference"] == MAY
        assert connection.execute(query, ["unknown"]).fetchall() == [
            ("orders", "unknown", "set_aside", "wrong_number_of_fields", 1, None)
        ]
        shown = connection.execute("select distinct currency from marts.does_it_add_up order by 1").fetchall()
        assert shown == [("EUR",), ("all",), ("unknown",)], "what is no currency may be an address"


class Lines:
    """Keeps what is printed."""

    def __init__(self):
        self.said: list[str] = []

    def print(self, text: str, **_: object) -> None:
        self.said.append(text)


def test_a_database_without_the_mart_says_nothing(tmp_path):
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    console = Lines()
    for name in ("other.duckdb", "none.duckdb"):
        print_added_up(Path(tmp_path / name), console)
    assert console.said == []
