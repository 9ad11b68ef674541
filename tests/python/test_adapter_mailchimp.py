"""Mailchimp: the files of two audiences, beside an orders table; who may be written to, from the files alone."""

import csv
import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from adapting import adapt, marts_of
from real_data import read_csv

FIELDS = ["Email Address", "First Name", "Last Name", "Address", "Phone Number", "Birthday"]
SYSTEM = [
    *[
        "MEMBER_RATING",
        "OPTIN_TIME",
        "OPTIN_IP",
        "CONFIRM_TIME",
        "CONFIRM_IP",
        "LATITUDE",
        "LONGITUDE",
        "GMTOFF",
        "DSTOFF",
    ],
    *["TIMEZONE", "CC", "REGION"],
]
UNSUBSCRIBED = ["UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "UNSUB_REASON", "UNSUB_REASON_OTHER"]
CLEANED = ["CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID"]
LAST = ["LEID", "EUID", "NOTES", "TAGS"]
HEADERS = {
    "subscribed": [*FIELDS, *SYSTEM, "LAST_CHANGED", *LAST],
    "nonsubscribed": [*FIELDS, *SYSTEM, "LAST_CHANGED", *LAST],
    "unsubscribed": [*FIELDS, *SYSTEM, *UNSUBSCRIBED, *LAST],
    "cleaned": [*FIELDS, *SYSTEM, *CLEANED, *LAST],
}
STATUSES = {
    "subscribed": "opted_in",
    "nonsubscribed": "not_subscribed",
    "unsubscribed": "opted_out",
    "cleaned": "bounced",
}
TIMES = {
    "subscribed": "CONFIRM_TIME",
    "nonsubscribed": "LAST_CHANGED",
    "unsubscribed": "UNSUB_TIME",
    "cleaned": "CLEAN_TIME",
}
RESTRICTIVENESS = {"opted_in": 1, "not_subscribed": 3, "opted_out": 4, "bounced": 5}


def write(path: Path, header: list[str], rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def audience(seed: int, first: int) -> dict[str, list[dict]]:
    """The members of an audience by status, each in one of the files, as Mailchimp parts them."""
    chance = random.Random(seed)
    start = datetime(2023, 1, 1, 8, 0, 0)

    def some_time() -> str:
        return f"{start + timedelta(seconds=chance.randrange(int(3.4 * 365 * 86400)))}"

    members = defaultdict(list)
    for number in range(first, first + 160):
        status = chance.choice(["subscribed"] * 5 + ["nonsubscribed", "unsubscribed", "unsubscribed", "cleaned"])
        confirmed_at = some_time()
        members[status].append(
            {
                "Email Address": f"{'Member' if number % 3 else 'MEMBER'}{number}@x.example",
                "First Name": chance.choice(["Ann", "Zoë", 'Jo "J"', ""]),
                "Address": chance.choice(["1 Main St\nSpringfield  12345  US", ""]),
                "Phone Number": f"'+49171{number:07}" if number % 5 == 0 else "",
                "Birthday": "02/29" if number % 7 == 0 else "",
                "MEMBER_RATING": "2",
                "OPTIN_TIME": "" if number % 2 else confirmed_at,
                "CONFIRM_TIME": confirmed_at,
                "TIMEZONE": "europe/berlin",
                "CC": chance.choice(["de", "AT", ""]),
                "UNSUB_TIME": some_time() if number % 6 else "",
                "UNSUB_REASON": "N/A (Unsubscribed by an admin)",
                "CLEAN_TIME": some_time() if number % 6 else "",
                "LAST_CHANGED": some_time(),
                "LEID": f"{seed}{number:06}",
                "EUID": f"e{number:09x}",
                "TAGS": '"VIP","Blog"',
            }
        )
    return members


def orders() -> list[dict]:
    return [
        {"order_id": f"o{number}", "customer_id": f"shop{number}", "email": f"member{number * 2}@X.example"}
        | {"ordered_at": f"2026-{1 + number % 6:02}-05 10:00:00", "amount": f"{number}.50", "currency": "EUR"}
        for number in range(130)
    ]


@pytest.fixture(scope="module")
def export_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mailchimp")
    # Two audiences that share 60 addresses, and the first of them exported twice.
    for name, members in {"news": audience(1, 0), "blog": audience(2, 100), "news again": audience(1, 0)}.items():
        (folder / name).mkdir()
        for status, rows in members.items():
            write(folder / name / f"{status}_email_audience_export_ab12.csv", HEADERS[status], rows)
    write(folder / "orders.csv", list(orders()[0]), orders())
    return folder


@pytest.fixture(scope="module")
def adapted(export_dir, tmp_path_factory):
    return marts_of(export_dir, "mailchimp", out_dir=tmp_path_factory.mktemp("out"))


def read_members(export_dir: Path) -> dict[str, list[tuple[str, str]]]:
    """What the files say of each address: time and status, of a withdrawal without a time the newest of all times."""
    said = defaultdict(list)
    for path in export_dir.rglob("*_email_audience_export_*.csv"):
        status = path.name.split("_")[0]
        for row in read_csv(path):
            said[row["Email Address"].lower()].append((row[TIMES[status]], STATUSES[status]))
    newest = max(at for records in said.values() for at, _ in records)
    return {address: [(at or newest, status) for at, status in records] for address, records in said.items()}


def status_of(records: list[tuple[str, str]]) -> str:
    """The latest record decides, of equal times the more restrictive."""
    return max(records, key=lambda record: (record[0], RESTRICTIVENESS[record[1]]))[1]


def test_who_may_be_written_to_is_what_the_files_say(export_dir, adapted):
    members = read_members(export_dir)
    shoppers = {row["email"].lower() for row in read_csv(export_dir / "orders.csv")}
    counted = Counter(status_of(records) for records in members.values())
    everybody = len(members | dict.fromkeys(shoppers))
    assert set(counted) == set(STATUSES.values())
    expected = {("email marketing", "contactable", "none"): counted.pop("opted_in")}
    expected |= {("email marketing", "not_contactable", status): entries for status, entries in counted.items()}
    expected |= {(f"{name} marketing", "not_contactable", "no_record"): everybody for name in ("sms", "push", "ads")}
    if everybody > len(members):
        expected["email marketing", "not_contactable", "no_record"] = everybody - len(members)
    query = """
        select channel, line, reason, entries
        from marts.does_it_add_up
        where section = 'channels' and not is_total
    """
    assert {row[:3]: row[3] for row in adapted.rows(query)} == expected


def test_each_member_has_the_consent_of_the_latest_record(export_dir, adapted):
    members = read_members(export_dir)
    ids = {
        row["EUID"]: row["Email Address"].lower() for path in export_dir.rglob("*_export_*") for row in read_csv(path)
    }
    query = """
        select ids.source_customer_id, eligibility.consent_status, eligibility.is_contactable
        from marts.channel_eligibility as eligibility
        inner join marts.customer_ids as ids using (customer_id)
        where ids.source_customer_id like 'e%' and ids.source_customer_id not like 'email:%' and channel = 'email'
    """
    found = {ids[euid]: (status, is_contactable) for euid, status, is_contactable in adapted.rows(query)}
    expected = {address: status_of(records) for address, records in members.items()}
    assert found == {address: (status, status == "opted_in") for address, status in expected.items()}
    in_two = [records for records in members.values() if len({status for _, status in records}) > 1]
    assert len(in_two) > 20


def test_orders_add_up_and_meet_members_by_address(export_dir, adapted):
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
    met = {row["email"].lower() for row in read} & set(read_members(export_dir))
    query = """
        select count(distinct ids.customer_id)
        from marts.customer_ids as ids
        inner join marts.customers as customers using (customer_id)
        where ids.source_customer_id like 'e0%' and customers.orders_life > 0
    """
    assert adapted.rows(query) == [(len(met),)]
    assert adapted.rows("select count(distinct segment_key) > 5 from marts.segment_members") == [(True,)]
    assert adapted.rows("select count(*) from marts.quarantined_rows") == [(0,)]


def raw_rows(raw_dir: Path, table: str) -> list[dict]:
    found = duckdb.execute(f"from read_parquet('{raw_dir / table}/*.parquet')")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def member(number: int, **fields: str) -> dict:
    return {
        "Email Address": f"m{number}@x.example",
        "MEMBER_RATING": "2",
        "LEID": str(number),
        "EUID": f"e{number}",
    } | fields


def adapted_rows(tmp_path: Path, files: dict[str, list[dict]], **settings: object) -> tuple[Path, list[str]]:
    folder = tmp_path / "export"
    folder.mkdir()
    for status, rows in files.items():
        write(folder / f"{status}.csv", HEADERS[status], rows)
    write(folder / "orders.csv", list(orders()[0]), orders())
    return adapt(folder, "mailchimp", out_dir=tmp_path / "out", **settings)


def test_times_are_in_the_zone_of_the_var_and_what_is_no_time_is_passed_on(tmp_path):
    files = {
        "subscribed": [member(1, CONFIRM_TIME="2026-06-01 10:00:00"), member(2, LAST_CHANGED="2026-06-02 10:00:00")],
        "unsubscribed": [member(3, UNSUB_TIME="last week"), member(4)],
    }
    raw_dir, _ = adapted_rows(tmp_path, files, mailchimp_timezone="Europe/Berlin")
    assert {row["customer_id"]: (row["status"], row["occurred_at"]) for row in raw_rows(raw_dir, "consent")} == {
        "e1": ("subscribed", "2026-06-01 08:00:00"),
        "e2": ("not_subscribed", "2026-06-02 08:00:00"),
        "e3": ("unsubscribed", "last week"),
        "e4": ("unsubscribed", "2026-06-02 08:00:00"),
    }


def test_a_file_of_contacts_alone_is_told_by_its_name(tmp_path):
    row = member(1, CONFIRM_TIME="2026-06-01 10:00:00", LAST_CHANGED="2026-06-02 10:00:00")
    raw_dir, _ = adapted_rows(tmp_path, {"nonsubscribed": [row], "subscribed": [row | {"LEID": "2", "EUID": "e2"}]})
    assert {row["customer_id"]: (row["status"], row["occurred_at"]) for row in raw_rows(raw_dir, "consent")} == {
        "e1": ("not_subscribed", "2026-06-02 10:00:00"),
        "e2": ("subscribed", "2026-06-01 10:00:00"),
    }


def test_a_member_known_by_sms_alone_has_no_consent_by_email(tmp_path):
    files = {"subscribed": [member(1, CONFIRM_TIME="2026-06-01 10:00:00") | {"Email Address": ""}]}
    raw_dir, notes = adapted_rows(tmp_path, files)
    assert raw_rows(raw_dir, "consent") == []
    assert "mailchimp: 1 members have no e-mail address (SMS alone), and no consent is taken from them." in notes


def test_a_member_in_all_columns(tmp_path):
    fields = {"First Name": "Ann", "Last Name": "Lee", "Phone Number": "'+4917100", "Birthday": "02/29", "CC": "de"}
    raw_dir, _ = adapted_rows(tmp_path, {"cleaned": [member(1, CLEAN_TIME="2026-06-01 10:00:00", **fields)]})
    assert raw_rows(raw_dir, "customers") == [
        {
            "customer_id": "e1",
            "email": "m1@x.example",
            "phone": "+4917100",
            "first_name": "Ann",
            "last_name": "Lee",
            "country": "DE",
            "timezone": None,
            "attributes": '{"birthday":"02/29"}',
        }
    ]


def test_beside_another_source_keys_carry_the_name(tmp_path):
    folder = tmp_path / "export"
    for source in ("klaviyo", "mailchimp"):
        (folder / source).mkdir(parents=True)
    write(folder / "mailchimp" / "cleaned.csv", HEADERS["cleaned"], [member(1, CLEAN_TIME="2026-06-01 10:00:00")])
    names = ["Email", "Klaviyo ID", "Email Marketing Consent", "Email Suppressions", "Profile Created On"]
    write(
        folder / "klaviyo" / "list.csv",
        names,
        [dict(zip(names, ["M1@x.example", "K1", "SUBSCRIBED", "[]", "2025-01-01 10:00:00"], strict=True))],
    )
    write(folder / "orders.csv", list(orders()[0]), orders())
    raw_dir, _ = adapt(folder, "klaviyo", "mailchimp", out_dir=tmp_path / "out")
    assert {(row["consent_id"], row["customer_id"], row["status"]) for row in raw_rows(raw_dir, "consent")} == {
        ("klaviyo:email:K1:subscribed", "klaviyo:K1", "subscribed"),
        ("mailchimp:1:bounced", "mailchimp:e1", "bounced"),
    }
    assert (raw_dir / "orders.csv").is_file()
