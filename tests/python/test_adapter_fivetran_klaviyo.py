"""Klaviyo as Fivetran lands it, beside a Shopify shop: who may be written to, from the tables alone."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from adapting import adapt, marts_of
from fivetran_tables import COLUMNS, read_tables, write_table
from real_data import SHAPES, needs_data
from spine.errors import InputRefused
from spine.raw.adapted import adapted
from spine.raw.adapters import load_adapter
from spine.run.project import project_vars

SHOP, SOURCE = "fivetran_shopify", "fivetran_klaviyo"
SYNCED = "2026-07-01 03:00:00.5"
SHOP_ORDER = {
    "taxes_included": "FALSE",
    "currency": "EUR",
    "subtotal_price": "10.00",
    "total_tax": "1.90",
    "total_price": "11.90",
    "total_line_items_price": "12.00",
    "processed_at": "2026-03-01 10:00:00",
    "financial_status": "paid",
    "test": "FALSE",
    "_fivetran_synced": SYNCED,
}
EMAIL, SMS = "subscriptions_email_marketing", "subscriptions_sms_marketing"
GRANTED, CHANGED = "2025-05-01 10:00:00", "2026-02-01 10:00:00"
# Name of a person, what the profile says, and (status, contactable) by e-mail.
PERSONS = {
    "subscriber": ({f"{EMAIL}_consent": "SUBSCRIBED", f"{EMAIL}_timestamp": GRANTED}, "opted_in"),
    "leaver": (
        {f"{EMAIL}_consent": "UNSUBSCRIBED", f"{EMAIL}_timestamp": GRANTED, f"{EMAIL}_last_updated": CHANGED},
        "opted_out",
    ),
    "stranger": ({f"{EMAIL}_consent": "NEVER_SUBSCRIBED"}, "not_subscribed"),
    "suppressed": (
        {
            f"{EMAIL}_consent": "SUBSCRIBED",
            f"{EMAIL}_timestamp": GRANTED,
            f"{EMAIL}_can_receive_email_marketing": "FALSE",
        },
        "opted_out",
    ),
    "formfiller": ({"custom_consent": '["email", "sms"]', "custom_consent_timestamp": GRANTED}, "opted_in"),
    "accepting": ({"custom_accepts_marketing": "true"}, "opted_in"),
    "refusing": (
        {"custom_accepts_marketing": "false", "custom_consent": '["email"]', "custom_consent_timestamp": GRANTED},
        "not_subscribed",
    ),
    "silent": ({}, None),
    "excluded": ({f"{EMAIL}_consent": "SUBSCRIBED", f"{EMAIL}_timestamp": GRANTED}, "complained"),
    "clicked_away": ({"custom_consent": "email", "custom_consent_timestamp": GRANTED}, "opted_out"),
    "bounced_hard": ({"custom_consent": "email", "custom_consent_timestamp": GRANTED}, "bounced"),
    "bounced_soft": ({"custom_consent": "email", "custom_consent_timestamp": GRANTED}, "opted_in"),
    "come_back": ({}, "opted_in"),
    "deleted_subscriber": (
        {f"{EMAIL}_consent": "SUBSCRIBED", f"{EMAIL}_timestamp": GRANTED, "_fivetran_deleted": "TRUE"},
        None,
    ),
    "deleted_leaver": (
        {f"{EMAIL}_consent": "UNSUBSCRIBED", f"{EMAIL}_last_updated": CHANGED, "_fivetran_deleted": "TRUE"},
        "opted_out",
    ),
    "opted_in_at_the_shop": ({f"{EMAIL}_consent": "UNSUBSCRIBED", f"{EMAIL}_last_updated": CHANGED}, "opted_out"),
    "never_asked_at_the_shop": ({f"{EMAIL}_consent": "SUBSCRIBED", f"{EMAIL}_timestamp": GRANTED}, "opted_in"),
}
EVENTS = {
    "clicked_away": [("Unsubscribed", "2025-06-01 10:00:00", {})],
    "bounced_hard": [("Bounced Email", "2025-06-01 10:00:00", {"property_bounce_type": "Hard"})],
    "bounced_soft": [("Bounced Email", "2025-06-01 10:00:00", {"property_bounce_type": "Soft"})],
    "come_back": [
        ("Subscribed to Email Marketing", "2025-04-01 10:00:00", {}),
        ("Unsubscribed from Email Marketing", "2025-06-01 10:00:00", {}),
        ("Subscribed to Email Marketing", "2025-08-01 10:00:00", {}),
        ("Subscribed to SMS Marketing", "2025-08-01 10:00:00", {}),
    ],
    "subscriber": [
        ("Opened Email", "2026-06-20 10:00:00", {"campaign_id": "C1"}),
        ("Placed Order", "2026-06-21 10:00:00", {"property_value": "EUR 12"}),
        ("Opened Email", "2026-06-22 10:00:00", {"_fivetran_deleted": "TRUE"}),
    ],
}


def make_exports(folder: Path) -> None:
    """A shop in which each person has bought once, and a Klaviyo account of the same persons."""
    shop, klaviyo = folder / SHOP, folder / SOURCE
    shop.mkdir()
    klaviyo.mkdir()
    orders, customers, persons, events = [], [], [], []
    for number, (name, (said, _)) in enumerate(PERSONS.items(), 1):
        orders.append(SHOP_ORDER | {"id": number, "customer_id": 100 + number, "email": f"{name}@Shop.Example".upper()})
        state = {"opted_in_at_the_shop": "subscribed", "never_asked_at_the_shop": "not_subscribed"}.get(name, "")
        customers.append(
            {
                "id": 100 + number,
                "email": f"{name}@shop.example",
                "created_at": "2025-01-01 10:00:00",
                "updated_at": "2026-06-01 10:00:00",
                "email_marketing_consent_state": state,
                "email_marketing_consent_consent_updated_at": "2025-02-01 10:00:00" if state == "subscribed" else "",
                "orders_count": 1,
                "total_spent": 10,
                "verified_email": "TRUE",
                "_fivetran_synced": SYNCED,
            }
        )
        persons.append(
            {
                "id": f"P{number}",
                "email": f"{name}@shop.example",
                "phone_number": f"+49170000{number:04}",
                "created": GRANTED,
                "updated": "2026-06-01 10:00:00",
                "_fivetran_deleted": "FALSE",
                "_fivetran_synced": SYNCED,
                **said,
            }
        )
        for place, (metric, moment, more) in enumerate(EVENTS.get(name, [])):
            events.append(
                {
                    "id": f"E{number}-{place}",
                    "person_id": f"P{number}",
                    "metric_id": metric.replace(" ", ""),
                    "type": "",
                    "datetime": moment,
                    "timestamp": moment,
                    "_fivetran_deleted": "FALSE",
                    "_fivetran_synced": SYNCED,
                    **more,
                }
            )
    metrics = {name for found in EVENTS.values() for name, _, _ in found}
    write_table(shop / "order.csv", COLUMNS["order"], orders)
    write_table(shop / "customer.csv", COLUMNS["customer"], customers)
    write_table(klaviyo / "person.csv", COLUMNS["person"], persons)
    write_table(klaviyo / "event.csv", COLUMNS["event"], events)
    write_table(klaviyo / "event.again.csv", COLUMNS["event"], events[:3])
    metric_rows = [{"id": name.replace(" ", ""), "name": name, "_fivetran_synced": SYNCED} for name in sorted(metrics)]
    write_table(klaviyo / "metric.csv", COLUMNS["metric"], metric_rows)
    excluded = list(PERSONS).index("excluded") + 1
    write_table(
        klaviyo / "global_exclusion.csv",
        COLUMNS["global_exclusion"],
        [{"person_id": f"P{excluded}", "reason": "reported_spam", "timestamp": CHANGED, "_fivetran_synced": SYNCED}],
    )
    write_table(
        klaviyo / "campaign.csv",
        COLUMNS["campaign"],
        [{"id": "C1", "name": "Spring", "send_time": "2026-06-20 09:00:00", "_fivetran_synced": SYNCED}],
    )
    write_table(
        klaviyo / "campaign_message.csv",
        COLUMNS["campaign_message"],
        [{"id": "M1", "campaign_id": "C1", "channel": "mobile_push", "_fivetran_synced": SYNCED}],
    )


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    make_exports(folder)
    return folder


@pytest.fixture(scope="module")
def result(exports, tmp_path_factory):
    return marts_of(exports, SHOP, SOURCE, out_dir=tmp_path_factory.mktemp("out"))


def test_every_figure_is_that_of_the_shop(exports, result):
    orders = read_tables(exports / SHOP)["order"]
    count = len(orders)
    goods, before, tax, total = (
        sum(Decimal(row[name]) for row in orders)
        for name in ("subtotal_price", "total_line_items_price", "total_tax", "total_price")
    )
    assert result.lines() == {
        ("orders", "counted", "none"): (count, None),
        ("orders", "read", "none"): (count, None),
        ("revenue", "gross_sales", "none"): (count, before),
        ("revenue", "discounts", "none"): (None, goods - before),
        ("revenue", "net_revenue", "none"): (count, goods),
        ("invoices", "merchandise", "none"): (count, goods),
        ("invoices", "tax", "none"): (None, tax),
        ("invoices", "shipping", "none"): (None, None),
        ("invoices", "difference", "none"): (None, total - goods - tax),
        ("invoices", "total", "none"): (count, total),
        ("owners", "customer", "none"): (count, goods),
        ("owners", "net_revenue", "none"): (count, goods),
    }


def test_a_person_of_both_systems_is_one(result):
    query = """
        select count(*) from marts.customer_ids as of_shop
        inner join marts.customer_ids as of_klaviyo
            on of_shop.customer_id = of_klaviyo.customer_id
                and of_shop.source_customer_id like 'fivetran_shopify:%'
                and of_klaviyo.source_customer_id like 'fivetran_klaviyo:%'
    """
    assert result.rows(query) == [(sum(not name.startswith("deleted") for name in PERSONS),)]


def eligibility(result, channel: str) -> dict[str, tuple]:
    """What is known of each person's consent, by the name in the shop's e-mail address."""
    found = result.rows(f"""
        select ids.source_customer_id, eligibility.consent_status, eligibility.is_contactable
        from marts.channel_eligibility as eligibility
        inner join marts.customer_ids as ids on eligibility.customer_id = ids.customer_id
        where ids.source_customer_id like '{SHOP}:%' and channel = '{channel}' and purpose = 'marketing'
    """)
    names = dict(enumerate(PERSONS, 101))
    return {names[int(source_id.split(":")[1])]: tuple(row) for source_id, *row in found}


@pytest.mark.parametrize("name", PERSONS)
def test_who_may_be_written_to(result, name):
    status = PERSONS[name][1]
    found = eligibility(result, "email")[name]
    assert found[1] is (status == "opted_in")
    assert not status or found[0] == status


def test_who_may_be_sent_an_sms(result):
    allowed = {name for name, (_, is_contactable) in eligibility(result, "sms").items() if is_contactable}
    assert allowed == {"formfiller", "come_back"}


def test_events_have_the_names_of_their_metrics(exports, result):
    events = {row["id"]: row for row in read_tables(exports / SOURCE)["event"] if row["_fivetran_deleted"] != "TRUE"}
    names = {row["id"]: row["name"] for row in read_tables(exports / SOURCE)["metric"]}
    expected: dict[str, int] = defaultdict(int)
    for event in events.values():
        expected[names[event["metric_id"]]] += 1
    query = "select event_name, count(distinct event_id) from raw.events group by 1"
    assert dict(result.rows(query)) == expected
    assert result.rows("select count(*) from marts.customers where engagement_points > 0") == [(1,)]


def test_campaigns_have_the_channel_of_their_messages(result):
    assert result.rows("select campaign_id, name, channel, started_at from raw.campaigns") == [
        ("fivetran_klaviyo:C1", "Spring", "push", "2026-06-20 09:00:00")
    ]


def test_notes_count(result):
    deleted = sum(name.startswith("deleted") for name in PERSONS)
    assert (
        f"{SOURCE}: {deleted} persons are deleted at the source (_fivetran_deleted): "
        "of them only withdrawals are taken." in (result.notes)
    )
    assert any(f"of {len(PERSONS)} persons say nothing of consent" in note for note in result.notes)


def test_without_a_shop_there_are_no_orders(exports, tmp_path):
    with pytest.raises(InputRefused, match="no orders: fivetran_klaviyo brings campaigns, consent, customers, events"):
        adapted(exports / SOURCE, [load_adapter(SOURCE, project_vars())], tmp_path)


@needs_data
def test_the_seeds_of_the_package_are_read(exports, tmp_path):
    (tmp_path / SOURCE).mkdir()
    for name in ("campaign", "event", "metric", "person"):
        (tmp_path / SOURCE / f"{name}.csv").symlink_to(SHAPES / "klaviyo" / f"{name}.csv")
    (tmp_path / SHOP).symlink_to(exports / SHOP)
    raw_dir, _ = adapt(tmp_path, SHOP, SOURCE, out_dir=tmp_path / "out")
    rows = duckdb.sql(f"select customer_id, status, occurred_at from '{raw_dir}/consent/{SOURCE}.parquet'").fetchall()
    assert rows == [("fivetran_klaviyo:01F366M1ZERT4HM2Z9R2V9G7BY", "not_subscribed", "2021-04-13 18:09:10.000")]
    names = duckdb.sql(f"select event_name, count(*) from '{raw_dir}/events/{SOURCE}.parquet' group by 1").fetchall()
    assert dict(names) == {"Received Email": 3, "Placed Order": 1}
