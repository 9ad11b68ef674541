"""Klaviyo: the profiles of its CSV export, beside an orders table; who may be written to, from the export alone."""

import csv
import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from adapting import adapt, marts_of
from real_data import SHAPES, needs_data, read_csv
from spine.errors import InputRefused

HEADER = [
    "Email", "Klaviyo ID", "First Name", "Last Name", "Organization", "Title", "Phone Number", "Address", "Address 2",
    "City", "State / Region", "Country", "Zip Code", "Latitude", "Longitude", "Source", "IP Address",
    "Email Marketing Consent", "Email Marketing Consent Timestamp", "SMS Marketing Consent",
    "SMS Marketing Consent Timestamp", "Historic Customer Lifetime Value", "Total Customer Lifetime Value",
    "Predicted Customer Lifetime Value", "Average Order Value", "Historic Number Of Orders", "First Active",
    "Last Active", "Profile Created On", "Date Added", "Last Open", "Last Click", "Average Days Between Orders",
    "Email Suppressions", "Email Suppressions Timestamp", "Shopify Tags",
]  # fmt: skip
WORDS = ["SUBSCRIBED", "SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED", "", "Perhaps"]
SUPPRESSIONS = ["[]"] * 6 + [
    "",
    '["UNSUBSCRIBE"]',
    '["USER_SUPPRESSED"]',
    '["HARD_BOUNCE"]',
    '["INVALID_EMAIL"]',
    '["HARD_BOUNCE", "SPAM_COMPLAINT"]',
]
STATUS_OF_WORD = {
    "SUBSCRIBED": "opted_in", "UNSUBSCRIBED": "opted_out", "NEVER_SUBSCRIBED": "not_subscribed", "Perhaps": "unmapped"
}  # fmt: skip
RESTRICTIVE = {"not_subscribed", "opted_out", "unmapped", "bounced", "complained"}
EVENT_HEADER = [
    "id",
    "person_id",
    "campaign_id",
    "datetime",
    "_fivetran_deleted",
    "metric_id",
    "type",
    "property_value",
    "_fivetran_synced",
]


def write(path: Path, header: list[str], rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)


def profiles() -> list[dict]:
    """Profiles as Klaviyo has them: upper case, phone numbers for spreadsheets, no dates, line breaks, no address."""
    chance = random.Random(20260630)
    start = datetime(2024, 1, 1, 8, 0, 0)

    def some_time() -> str:
        return f"{start + timedelta(seconds=chance.randrange(int(2.3 * 365 * 86400)))}"

    rows = []
    for number in range(240):
        word = chance.choice(WORDS)
        suppressions = chance.choice(SUPPRESSIONS)
        is_phone_only = number % 40 == 39
        rows.append(
            {
                "Email": "" if is_phone_only else f"{'Person' if number % 3 else 'PERSON'}{number}@x.example",
                "Klaviyo ID": f"01H{number:05}",
                "First Name": chance.choice(["Ann", "Zoë", 'Jo "J"', ""]),
                "Last Name": chance.choice(["Lee", "O'Neil\nJr.", ""]),
                "Phone Number": f"{chance.choice(['', chr(39)])}+49170{number:07}"
                if is_phone_only or number % 2
                else "",
                "Country": chance.choice(["Germany", "Austria", ""]),
                "Email Marketing Consent": "" if is_phone_only else word,
                "Email Marketing Consent Timestamp": ""
                if word in ("", "NEVER_SUBSCRIBED") or number % 7 == 0
                else some_time(),
                "SMS Marketing Consent": chance.choice(WORDS) if is_phone_only or number % 2 else "NEVER_SUBSCRIBED",
                "SMS Marketing Consent Timestamp": some_time() if number % 3 else "",
                "Last Active": some_time(),
                "Profile Created On": f"{start - timedelta(days=number)}",
                "Email Suppressions": "[]" if is_phone_only else suppressions,
                "Email Suppressions Timestamp": some_time() if suppressions[:2] == '["' and number % 2 else "",
                "Shopify Tags": '["vip", "swim"]' if number % 5 == 0 else "[]",
            }
        )
    rows[200] |= {
        "Email Marketing Consent": "SUBSCRIBED",
        "Email Marketing Consent Timestamp": "soon",
        "Email Suppressions": "[]",
    }
    return rows


def opens() -> list[dict]:
    """Events as Fivetran lands them: messages that were opened, one of them deleted."""
    return [
        {
            "id": f"e{number}",
            "person_id": f"01H{number:05}",
            "datetime": "2026-06-20 10:00:00.000",
            "_fivetran_deleted": "TRUE" if number == 7 else "FALSE",
            "metric_id": "Q4q6PC",
            "type": "Opened Email",
            "_fivetran_synced": "2026-06-21 03:00:00.000",
        }
        for number in range(30)
    ]


def orders() -> list[dict]:
    return [
        {
            "order_id": f"o{number}",
            "customer_id": f"shop{number}" if number % 4 else "",
            "email": f" person{number * 2}@X.example",
            "ordered_at": "2026-05-01 10:00:00",
            "amount": "10.00",
            "currency": "EUR",
        }
        for number in range(100)
    ] + [
        {
            "order_id": "stranger",
            "email": "stranger@x.example",
            "ordered_at": "2026-05-01",
            "amount": "7.00",
            "currency": "EUR",
        }
    ]


@pytest.fixture(scope="module")
def export_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("klaviyo")
    rows = profiles()
    write(folder / "Everybody 2026-06-30.csv", HEADER, rows)
    write(folder / "newsletter.csv", HEADER, rows[:60])
    write(folder / "event.csv", EVENT_HEADER, opens())
    write(folder / "orders.csv", list(orders()[0]), orders())
    return folder


@pytest.fixture(scope="module")
def adapted(export_dir, tmp_path_factory):
    return marts_of(export_dir, "klaviyo", out_dir=tmp_path_factory.mktemp("out"))


def status_by_email(row: dict) -> str:
    if row["Email Marketing Consent Timestamp"] == "soon":
        return "no_record"
    if "SPAM" in row["Email Suppressions"]:
        return "complained"
    if "BOUNCE" in row["Email Suppressions"] or "INVALID" in row["Email Suppressions"]:
        return "bounced"
    if row["Email Suppressions"] not in ("", "[]"):
        return "opted_out"
    return STATUS_OF_WORD.get(row["Email Marketing Consent"], "no_record")


def expected_statuses(export_dir: Path) -> dict[tuple[str, str], Counter]:
    """Status by channel and how many persons have it, over the files: a person per profile and per stranger."""
    rows = {row["Klaviyo ID"]: row for row in read_csv(export_dir / "newsletter.csv")}
    rows |= {row["Klaviyo ID"]: row for row in read_csv(export_dir / "Everybody 2026-06-30.csv")}
    known = {row["Email"].lower() for row in rows.values()}
    shoppers = {row["email"].strip().lower() for row in read_csv(export_dir / "orders.csv")}
    counted = defaultdict(Counter)
    for row in rows.values():
        counted["email"][status_by_email(row)] += 1
        counted["sms"][STATUS_OF_WORD.get(row["SMS Marketing Consent"], "no_record")] += 1
    for channel in ("email", "sms"):
        counted[channel]["no_record"] += len(shoppers - known)
    counted["push"]["no_record"] = counted["ads"]["no_record"] = len(rows) + len(shoppers - known)
    return counted


def test_who_may_be_written_to_is_what_the_export_says(export_dir, adapted):
    expected = {
        (f"{channel} marketing", "contactable" if status == "opted_in" else "not_contactable", reason): entries
        for channel, statuses in expected_statuses(export_dir).items()
        for status, entries in statuses.items()
        for reason in ["none" if status == "opted_in" else status]
        if entries
    }
    query = """
        select channel, line, reason, entries
        from marts.does_it_add_up
        where section = 'channels' and not is_total
    """
    assert {row[:3]: row[3] for row in adapted.rows(query)} == expected
    assert {reason for _, _, reason in expected} == {"none", "no_record", *RESTRICTIVE}


def test_each_profile_has_the_consent_of_its_row(export_dir, adapted):
    rows = {row["Klaviyo ID"]: row for row in read_csv(export_dir / "Everybody 2026-06-30.csv")}
    query = """
        select ids.source_customer_id, eligibility.channel, eligibility.consent_status, eligibility.is_contactable
        from marts.channel_eligibility as eligibility
        inner join marts.customer_ids as ids using (customer_id)
        where ids.source_customer_id like '01H%' and channel in ('email', 'sms')
    """
    found = {row[:2]: row[2:] for row in adapted.rows(query)}
    expected = {}
    for profile_id, row in rows.items():
        for channel, status in [
            ("email", status_by_email(row)),
            ("sms", STATUS_OF_WORD.get(row["SMS Marketing Consent"], "no_record")),
        ]:
            expected[profile_id, channel] = (status, status == "opted_in")
    assert found == expected


def test_orders_add_up_and_meet_profiles_by_address(export_dir, adapted):
    read = read_csv(export_dir / "orders.csv")
    whole = (len(read), sum(Decimal(row["amount"]) for row in read))
    assert adapted.lines() == {
        ("orders", "read", "none"): (len(read), None),
        ("orders", "counted", "none"): (len(read), None),
        ("revenue", "gross_sales", "none"): whole,
        ("revenue", "discounts", "none"): (None, Decimal("0.00")),
        ("revenue", "net_revenue", "none"): whole,
        ("owners", "customer", "none"): whole,
        ("owners", "net_revenue", "none"): whole,
    }
    query = """
        select count(distinct ids.customer_id)
        from marts.customer_ids as ids
        inner join marts.customers as customers using (customer_id)
        where ids.source_customer_id like '01H%' and customers.orders_life > 0
    """
    known = {row["Email"].lower() for row in read_csv(export_dir / "Everybody 2026-06-30.csv")}
    met = {row["email"].strip().lower() for row in read} & known
    assert adapted.rows(query) == [(len(met),)]
    assert adapted.rows("select count(distinct segment_key) > 5 from marts.segment_members") == [(True,)]


def test_what_cannot_be_read_is_set_aside_and_what_is_deleted_is_not_there(export_dir, adapted):
    query = "select table_name, quarantine_reason, count(*) from marts.quarantined_rows group by all"
    assert adapted.rows(query) == [("consent", "unusable_timestamp", 1)]
    opened = [row for row in read_csv(export_dir / "event.csv") if row["_fivetran_deleted"] == "FALSE"]
    assert adapted.rows("select sum(messages_opened_90d) from marts.customers") == [(len(opened),)]


def test_the_notes_count_profiles_once(export_dir, adapted):
    rows = read_csv(export_dir / "Everybody 2026-06-30.csv")
    subscribed = [row for row in rows if row["Email Marketing Consent"] == "SUBSCRIBED"]
    suppressed = [row for row in subscribed if row["Email Suppressions"] not in ("", "[]")]
    undated = [row for row in subscribed if not row["Email Marketing Consent Timestamp"]]
    unknown = [row for row in rows if row["Email Marketing Consent"] == "Perhaps"]
    assert adapted.notes[-5:-1] == [
        f"klaviyo: {len(subscribed)} of {len(rows)} profiles are subscribed to e-mail, {len(suppressed)} of them "
        "suppressed.",
        f"klaviyo: {len(undated)} subscriptions by e-mail have no date: they count from when their profile was made.",
        f"klaviyo: {len(unknown)} profiles have a word of consent to e-mail that is neither SUBSCRIBED, "
        "UNSUBSCRIBED nor NEVER_SUBSCRIBED: it is a no, unless consent_statuses.csv knows it.",
        "klaviyo: 1 deleted events are left away.",
    ]


def raw_rows(raw_dir: Path, table: str) -> list[dict]:
    found = duckdb.execute(f"from read_parquet('{raw_dir / table}/*.parquet')")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def consent_of(tmp_path: Path, *rows: dict, **settings: object) -> dict[str, tuple[str, str]]:
    folder = tmp_path / "export"
    folder.mkdir()
    write(folder / "orders.csv", list(orders()[0]), orders())
    write(
        folder / "all.csv",
        HEADER,
        [{"Email": f"p{n}@x.example", "Klaviyo ID": f"K{n}"} | row for n, row in enumerate(rows)],
    )
    raw_dir, _ = adapt(folder, "klaviyo", out_dir=tmp_path / "out", **settings)
    return {row["consent_id"]: (row["status"], row["occurred_at"]) for row in raw_rows(raw_dir, "consent")}


NEWEST = {"Last Active": "2026-06-29 23:00:00", "Profile Created On": "2025-01-01 00:00:01", "Email Suppressions": "[]"}
SUPPRESSED = {"Email Marketing Consent": "SUBSCRIBED", "Email Marketing Consent Timestamp": "2026-02-01 10:00:00"}


@pytest.mark.parametrize(
    ("row", "status", "occurred_at"),
    [
        ({"Email Marketing Consent": "UNSUBSCRIBED"}, "unsubscribed", "2026-06-29 23:00:00.000000"),
        ({"Email Marketing Consent": "SUBSCRIBED"}, "subscribed", "2025-01-01 00:00:01"),
        ({"Email Marketing Consent": "NEVER_SUBSCRIBED"}, "never_subscribed", "2025-01-01 00:00:01"),
        (SUPPRESSED | {"Email Suppressions": '["HARD_BOUNCE"]'}, "bounced", "2026-06-29 23:00:00.000000"),
        (
            SUPPRESSED
            | {"Email Suppressions": '["USER_SUPPRESSED"]', "Email Suppressions Timestamp": "2026-01-01 10:00:00"},
            "opted_out",
            "2026-02-01 10:00:00",
        ),
        (
            SUPPRESSED
            | {"Email Suppressions": '["SPAM_COMPLAINT"]', "Email Suppressions Timestamp": "2026-03-01 10:00:00"},
            "complained",
            "2026-03-01 10:00:00",
        ),
        (SUPPRESSED | {"Email Marketing Consent Timestamp": "soon"}, "subscribed", "soon"),
    ],
)
def test_a_withdrawal_without_a_date_withdraws(tmp_path, row, status, occurred_at):
    consent = consent_of(tmp_path, NEWEST | row)
    assert consent == {f"email:K0:{status}": (status, occurred_at)}


def test_times_without_an_offset_are_in_the_zone_of_the_var(tmp_path):
    said_at = [SUPPRESSED, SUPPRESSED | {"Email Marketing Consent Timestamp": "2026-02-01 10:00:00+00:00"}]
    consent = consent_of(tmp_path, *said_at, klaviyo_timezone="Europe/Berlin")
    assert [at for _, at in consent.values()] == ["2026-02-01 09:00:00", "2026-02-01 10:00:00+00:00"]


def test_an_export_without_suppressions_is_not_read(tmp_path):
    (tmp_path / "export").mkdir()
    rows = [{"Email": "a@x.example", "Klaviyo ID": "K1", "Email Marketing Consent": "SUBSCRIBED"}]
    write(tmp_path / "export" / "list.csv", [name for name in HEADER if "Suppressions" not in name], rows)
    write(tmp_path / "export" / "orders.csv", list(orders()[0]), orders())
    with pytest.raises(InputRefused, match="lacks its column 'email suppressions'"):
        adapt(tmp_path / "export", "klaviyo", out_dir=tmp_path / "out")


def test_orders_are_still_required(tmp_path):
    (tmp_path / "export").mkdir()
    write(tmp_path / "export" / "list.csv", HEADER, [NEWEST | {"Email": "a@x.example", "Klaviyo ID": "K1"}])
    write(tmp_path / "export" / "exchange_rates.csv", ["currency", "valid_on", "rate"], [])
    with pytest.raises(InputRefused, match="no orders: klaviyo brings customers"):
        adapt(tmp_path / "export", "klaviyo", out_dir=tmp_path / "out")


@needs_data
def test_the_tables_of_the_connector(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    for name in ("person", "event"):
        (folder / f"{name}.csv").symlink_to(SHAPES / "klaviyo" / f"{name}.csv")
    write(folder / "orders.csv", list(orders()[0]), orders())
    raw_dir, _ = adapt(folder, "klaviyo", out_dir=tmp_path / "out")
    events = read_csv(SHAPES / "klaviyo" / "event.csv")
    assert sorted(
        (row["event_id"], row["event_name"], row["customer_id"]) for row in raw_rows(raw_dir, "events")
    ) == sorted(
        (row["id"], row["type"], row["person_id"]) for row in events if row["_fivetran_deleted"].lower() != "true"
    )
    persons = {
        row["id"]: row["email"]
        for row in read_csv(SHAPES / "klaviyo" / "person.csv")
        if row["_fivetran_deleted"].lower() != "true"
    }
    assert {row["customer_id"]: row["email"] or "" for row in raw_rows(raw_dir, "customers")} == persons
    assert not (raw_dir / "consent").exists()
