"""Small inputs of real life that once came out wrong without a word, and what is right; then more of each kind."""

import csv
import hashlib
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import WITHOUT_TESTS, run_spine
from spine.raw.contract import load_contract
from spine.raw.folder import prepare
from spine.raw.views import view_statements
from test_data_quality import WholeProject

CASES_DIR = Path(__file__).resolve().parents[3] / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES_DIR.is_dir(), reason="the cases are not here")

SINCE_JUNE = datetime(2026, 6, 1, 10)
NEW_YORK = {"timezone": "America/New_York"}
# Per case what its own query, or the one given here, finds.
OF_CASES = {
    "consent_tie_keeps_opt_in": (
        "select customer_id, is_contactable, status_since from marts.channel_eligibility where channel = 'email'",
        {(who, False, SINCE_JUNE) for who in ("bounced", "complained", "erased", "unmapped")},
    ),
    "csv_ids_with_point_zero": ("", {("17", 2, "DE", False)}),
    "dates_without_time_west_of_utc": (
        "",
        {
            ("today", 0, Decimal("10.00"), False, False, False, False, None),
            ("newyear", 180, Decimal("10.00"), False, False, False, False, None),
            ("eur", 0, Decimal("12.00"), False, False, False, False, None),
            ("last_trial_day", None, Decimal(0), True, True, False, False, None),
            ("ends_tomorrow", None, Decimal(0), True, False, True, False, None),
            ("renews_tomorrow", None, Decimal(0), True, False, True, False, 1),
        },
    ),
    "eleventh_guest_checkout_splits_person": ("", {("guest01", 11, 11, Decimal(1100), "vip", False)}),
    "null_markers_become_customers": (
        "select customer_id, count_customer_ids, net_revenue_life from marts.customers",
        {(who, 1, Decimal(20)) for who in ("real", "ann", "ben", "cy")},
    ),
    "past_day_uses_todays_status": ("", {("left_in_march", False, False, True), ("left_in_may", True, True, False)}),
    "status_refunded_without_refund_row": (
        "select customer_id, orders_life, net_revenue_life, value_tier from marts.customers",
        {("returned_all", 1, Decimal(0), "none"), ("kept", 1, Decimal(40), "vip")},
    ),
    "subscription_cancelled_at_is_the_click": (
        "",
        {
            ("cancels_at_period_end", True, False, True, False, 0),
            ("ends_next_week", True, False, True, False, 0),
            ("never_paid", False, False, False, False, 0),
            ("trial_cancelled_runs_on", True, True, False, False, 0),
            ("trialing_no_end", True, True, False, False, 0),
        },
    ),
    "three_packs_last_three_times": ("", {("rep", -60, 0)}),
    "withdrawal_for_all_purposes": (
        "select customer_id, purpose, is_contactable from marts.channel_eligibility where channel = 'email'",
        {("kim", "marketing", False), ("lee", "marketing", False)},
    ),
    "withdrawal_of_this_morning_is_ignored": (
        "select customer_id, consent_status, is_contactable, withdrawn_after_day from marts.channel_eligibility"
        " where channel = 'email'",
        {("today", "opted_in", False, True), ("typo", "opted_in", False, True)},
    ),
    "consent_by_email_reaches_nobody": (
        "select customer_id, is_contactable from marts.channel_eligibility where channel = 'email'",
        {("c1", False)},
    ),
    "email_in_two_spellings": (
        "select customer_id, consent_status from marts.channel_eligibility where channel = 'email'",
        {("acc", "opted_out")},
    ),
    "utc_times_with_blank_before_z": (
        "select orders.customer_id, orders.order_status, eligibility.is_contactable from staging.stg_orders as orders"
        " inner join marts.channel_eligibility as eligibility on orders.customer_id = eligibility.customer_id"
        " where eligibility.channel = 'email'",
        {("a", "cancelled", False), ("b", "cancelled", False)},
    ),
}
# What the build says of a case whose right answer nobody can know, and how it ends.
TOLD = {
    "two_shops_one_order_number": (
        0,
        "WARN test versions_agree_in_customer_and_time: 4 rows",
        "table_name orders, subject customer_id, affected_rows 3",
        "table_name events, subject occurred_at",
    ),
    "chain_of_devices_merges_thirteen": (0, "WARN test people_are_not_chained: 1 row", "affected_rows 1, total_rows 1"),
    "excel_has_shortened_ids": (
        1,
        "FAIL test rejected_orders_within_limit",
        "orders: 8 shortened_id (a spreadsheet has cut digits off the ids",
    ),
}


def read(path: Path) -> list[dict]:
    """The rows of a raw table of a case."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [
        {name: value or None for name, value in row.items()}
        for file in files
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    ]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Builds raw rows as of a day; gives the database. The project is compiled once for each day and time zone."""
    opened = {}

    def build(raw: dict, day: str, **project_vars: str) -> duckdb.DuckDBPyConnection:
        settings = (day, *sorted(project_vars.items()))
        if settings not in opened:
            project = WholeProject(tmp_path_factory.mktemp("project"), {"as_of_date": day, **project_vars})
            opened[settings] = project, project.open_database()
        project, connection = opened[settings]
        project.replay(connection, raw)
        return connection

    build.nodes = lambda day, **project_vars: opened[day, *sorted(project_vars.items())][0].nodes
    return build


# Any day does for those whose dates lie within a month; as few days as can be, since each is compiled.
DAYS = {"past_day_uses_todays_status": "2026-03-31"}


@needs_cases
@pytest.mark.parametrize("case", OF_CASES)
def test_cases_that_came_out_wrong_are_right(case, database):
    query, expected = OF_CASES[case]
    folder = CASES_DIR / case
    own_vars = folder / "rules" / "vars.yml"
    project_vars = yaml.safe_load(own_vars.read_text(encoding="utf-8")) if own_vars.exists() else {}
    raw = {path.name.split(".")[0]: read(path) for path in (folder / "raw").iterdir()}
    found = database(raw, DAYS.get(case, "2026-06-30"), **project_vars)
    query = query or (folder / "check.sql").read_text(encoding="utf-8")
    assert set(found.execute(query).fetchall()) == expected


@needs_cases
@pytest.mark.parametrize("case", TOLD)
def test_what_cannot_be_known_is_told(case, tmp_path):
    code, *lines = TOLD[case]
    command = re.search(r"--as-of (\S+)", (CASES_DIR / case / "README.md").read_text(encoding="utf-8"))
    raw, db = CASES_DIR / case / "raw", tmp_path / "shop.duckdb"
    run = run_spine("build", "--raw", raw, "--db", db, "--as-of", command[1], scratch=tmp_path)
    assert run.code == code, run.all_text
    for line in lines:
        assert line in run.out


# Rows of all kinds that need mending, and one that needs none, as every format can hold them.
TO_MEND = [
    {"order_id": "1.0", "customer_id": "17.0", "currency": "<NA>", "status": "paid", "ordered_at": "2026-06-30"},
    {"order_id": "2", "customer_id": "\\N", "currency": " USD", "status": "(null)", "ordered_at": "20260630"},
    {"order_id": "3.5E+12", "customer_id": "18", "currency": "USD", "status": "paid", "ordered_at": "2026-06-30"},
    {"order_id": "4", "customer_id": "5,1E+12", "currency": "USD", "status": "paid", "ordered_at": "2026-06-30"},
    {"order_id": "5", "customer_id": "19", "currency": "USD", "status": "#N/A", "ordered_at": "2026-06-30 12:00:00"},
    {"order_id": "6", "customer_id": "20.00", "currency": "USD", "status": "paid", "ordered_at": "2026-07-01 03:59:59"},
]
MENDED = [
    ("1", "17", "USD", "paid", None),
    ("2", None, "USD", "completed", None),
    ("3.5E+12", "18", "USD", "paid", "shortened_id"),
    ("4", "5,1E+12", "USD", "paid", "shortened_id"),
    ("5", "19", "USD", "completed", None),
    ("6", "20", "USD", "paid", None),
]


@pytest.mark.parametrize("kept", [TO_MEND, *([row] for row in TO_MEND)], ids=lambda kept: f"{len(kept)} rows")
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_every_format_is_read_alike(kind, kept, database, tmp_path):
    columns = list(kept[0])
    rows = [[row[name] for name in columns] + ["10"] for row in kept]
    folder = tmp_path / "raw"
    folder.mkdir()
    if kind == "csv":
        with (folder / "orders.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([[*columns, "amount"], *rows])
    else:
        listed = ", ".join(f"unnest(?::varchar[]) as {name}" for name in [*columns, "amount"])
        values = [list(column) for column in zip(*rows, strict=True)]
        duckdb.sql(f"select {listed}", params=values).write_parquet(str(folder / "orders.parquet"))
    connection = database({}, "2026-06-30", **NEW_YORK)
    raw = prepare(folder, tmp_path / "landed", load_contract())
    connection.execute("drop schema raw cascade")
    for statement in view_statements(raw, tmp_path / "landed"):
        connection.execute(statement)
    for node in database.nodes("2026-06-30", **NEW_YORK):
        if node.name in ("base_exchange_rates", "base_orders"):
            connection.execute(f"create or replace table {node.relation} as {node.sql}")
    query = """
        select order_id, customer_id, currency_code, source_status, quarantine_reason, ordered_on
        from staging.base_orders order by order_id
    """
    found = connection.execute(query).fetchall()
    connection.execute("drop schema raw cascade; create schema raw")
    assert [row[:-1] for row in found] == [row for row in MENDED if row[0].split(".")[0] in {
        written["order_id"].split(".")[0] for written in kept
    }]  # fmt: skip
    assert {str(row[-1]) for row in found} == {"2026-06-30"}


def test_addresses_are_salted_and_mailboxes_compared_where_that_is_asked_for(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "orders.csv").write_text(
        "order_id,ordered_at,amount,email\n"
        "1,2026-06-01,10,k.im+news@x.example\n2,2026-06-02,10,Kim@x.example\n3,2026-06-03,10,+@x.example\n"
    )
    (tmp_path / "rules").mkdir()
    ids = {}
    for ignored, salt in (("false", ""), ("true", ""), ("true", "it's a secret")):
        (tmp_path / "rules" / "vars.yml").write_text(f"ignore_dots_and_plus_in_emails: {ignored}\n")
        # Databases of one name: the project is parsed once for both salts.
        db = tmp_path / f"{ignored}{len(salt)}" / "shop.duckdb"
        db.parent.mkdir()
        options = ("--raw", tmp_path / "raw", "--db", db, "--as-of", "2026-06-30", "--rules", tmp_path / "rules")
        run = run_spine("build", *options, "--select", "+customers", scratch=tmp_path, SPINE_SALT=salt, **WITHOUT_TESTS)
        assert run.code == 0, run.all_text
        with duckdb.connect(str(db), read_only=True) as connection:
            query = "select customer_id, orders_life from marts.customers"
            ids[ignored, salt] = dict(connection.execute(query).fetchall())
    plain, one, salted = ids.values()
    assert sorted(plain.values()) == [1, 1, 1]
    assert sorted(one.values()) == sorted(salted.values()) == [1, 2]
    texts = (b"kim@x.example", b"it's a secretkim@x.example")
    hashed = [f"email:{hashlib.sha256(text).hexdigest()[:32]}" for text in texts]
    assert hashed[0] in plain and hashed[0] in one and hashed[1] in salted


@needs_cases
def test_every_case_is_tested():
    assert OF_CASES.keys() | TOLD.keys() == {folder.name for folder in CASES_DIR.iterdir()}
