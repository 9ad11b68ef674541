"""Mailchimp as Fivetran lands it, beside a Shopify shop: who may be written to, from the tables alone."""

import hashlib
from pathlib import Path

import duckdb
import pytest
from adapting import adapt, marts_of
from fivetran_tables import COLUMNS, MAILCHIMP_CAMPAIGN, read_tables, write_table
from real_data import SHAPES, needs_data

SHOP, SOURCE = "fivetran_shopify", "fivetran_mailchimp"
SYNCED = "2026-07-01 03:00:00.5"
SIGNED_UP, CONFIRMED, CHANGED = "2025-04-30 10:00:00", "2025-05-01 10:00:00", "2026-02-01 10:00:00"
SHOP_ORDER = {
    "taxes_included": "FALSE",
    "currency": "EUR",
    "subtotal_price": "10.00",
    "total_tax": "0",
    "total_price": "10.00",
    "total_line_items_price": "10.00",
    "processed_at": "2026-03-01 10:00:00",
    "financial_status": "paid",
    "test": "FALSE",
    "_fivetran_synced": SYNCED,
}
# Name of a person, the lists with status, confirmation and last change, and the status that holds.
MEMBERS = {
    "subscriber": ([("A", "subscribed", CONFIRMED, CHANGED)], "opted_in"),
    "imported": ([("A", "subscribed", "", CHANGED)], "opted_in"),
    "leaver": ([("A", "unsubscribed", CONFIRMED, CHANGED)], "opted_out"),
    "cleaned": ([("A", "cleaned", CONFIRMED, CHANGED)], "bounced"),
    "pending": ([("A", "pending", "", CHANGED)], "pending"),
    "transactional": ([("A", "transactional", "", CHANGED)], "not_subscribed"),
    "archived": ([("A", "archived", CONFIRMED, CHANGED)], "not_subscribed"),
    "left_one_list_since": (
        [("A", "unsubscribed", CONFIRMED, CHANGED), ("B", "subscribed", CONFIRMED, CHANGED)],
        "opted_out",
    ),
    "joined_another_since": (
        [("A", "unsubscribed", SIGNED_UP, SIGNED_UP), ("B", "subscribed", CONFIRMED, CHANGED)],
        "opted_in",
    ),
    "unsubscribed_since": ([("A", "subscribed", CONFIRMED, CONFIRMED)], "opted_out"),
    "not_a_member": ([], None),
}


def member_id(name: str) -> str:
    """The id that Mailchimp makes of an address."""
    return hashlib.md5(f"{name}@shop.example".encode(), usedforsecurity=False).hexdigest()


def make_exports(folder: Path) -> None:
    """A shop in which each person has bought once, and a Mailchimp account of the same persons."""
    shop, mailchimp = folder / SHOP, folder / SOURCE
    shop.mkdir()
    mailchimp.mkdir()
    orders = [
        SHOP_ORDER | {"id": number, "customer_id": number, "email": f"{name}@shop.example"}
        for number, name in enumerate(MEMBERS, 1)
    ]
    write_table(shop / "order.csv", COLUMNS["order"], orders)
    members = [
        {
            "id": member_id(name),
            "list_id": list_id,
            "email_address": f"{name}@Shop.example",
            "status": status,
            "timestamp_opt": confirmed,
            "timestamp_signup": SIGNED_UP,
            "last_changed": changed,
            "merge_fname": name.title(),
            "_fivetran_synced": SYNCED,
        }
        for name, (lists, _) in MEMBERS.items()
        for list_id, status, confirmed, changed in lists
    ]
    # An older file says that all were subscribed.
    older = [row | {"status": "subscribed", "_fivetran_synced": "2026-01-01 03:00:00"} for row in members]
    write_table(mailchimp / "member.1.csv", COLUMNS["member"], older)
    write_table(mailchimp / "member.2.csv", COLUMNS["member"], members)
    write_table(
        mailchimp / "unsubscribe.csv",
        COLUMNS["unsubscribe"],
        [
            {
                "campaign_id": "C1",
                "member_id": member_id("unsubscribed_since"),
                "list_id": "A",
                "timestamp": CHANGED,
                "_fivetran_synced": SYNCED,
            }
        ],
    )
    campaigns = [
        {
            "id": "C1",
            "list_id": "A",
            "title": "Summer",
            "subject_line": "Sun",
            "send_time": "2026-06-20 09:00:00",
            "_fivetran_deleted": "false",
            "_fivetran_synced": SYNCED,
        },
        {
            "id": "C2",
            "list_id": "A",
            "subject_line": "Not sent",
            "_fivetran_deleted": "false",
            "_fivetran_synced": SYNCED,
        },
        {"id": "C3", "list_id": "A", "title": "Gone", "_fivetran_deleted": "true", "_fivetran_synced": SYNCED},
    ]
    write_table(mailchimp / "campaign.csv", MAILCHIMP_CAMPAIGN, campaigns)
    recipients = [
        {"campaign_id": campaign, "member_id": member_id("subscriber"), "list_id": "A", "_fivetran_synced": SYNCED}
        for campaign in ("C1", "C2")
    ]
    write_table(mailchimp / "campaign_recipient.csv", COLUMNS["campaign_recipient"], recipients)
    activities = [
        {
            "action": action,
            "campaign_id": "C1",
            "member_id": member_id("subscriber"),
            "timestamp": "2026-06-20 10:00:00",
            "url": url,
            "_fivetran_synced": SYNCED,
        }
        for action, url in (("open", ""), ("click", "https://a.example"), ("click", "https://b.example"))
    ]
    for place in (1, 2):
        path = mailchimp / f"campaign_recipient_activity.{place}.csv"
        write_table(path, COLUMNS["campaign_recipient_activity"], activities)


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    make_exports(folder)
    return folder


@pytest.fixture(scope="module")
def result(exports, tmp_path_factory):
    return marts_of(exports, SHOP, SOURCE, out_dir=tmp_path_factory.mktemp("out"))


@pytest.mark.parametrize("name", MEMBERS)
def test_who_may_be_written_to(result, name):
    number, status = list(MEMBERS).index(name) + 1, MEMBERS[name][1]
    query = f"""
        select eligibility.consent_status, eligibility.is_contactable
        from marts.channel_eligibility as eligibility
        inner join marts.customer_ids as ids on eligibility.customer_id = ids.customer_id
        where ids.source_customer_id = '{SHOP}:{number}' and channel = 'email' and purpose = 'marketing'
    """
    [(found, is_contactable)] = result.rows(query)
    assert is_contactable is (status == "opted_in")
    assert not status or found == status


def test_the_orders_are_those_of_the_shop(exports, result):
    count = len(read_tables(exports / SHOP)["order"])
    assert result.lines()["revenue", "net_revenue", "none"] == (count, 10 * count)
    assert result.lines()["owners", "customer", "none"] == (count, 10 * count)


def test_members_are_the_persons_of_the_shop(result):
    query = """
        select count(*) from marts.customer_ids as of_shop
        inner join marts.customer_ids as of_mailchimp
            on of_shop.customer_id = of_mailchimp.customer_id
                and of_shop.source_customer_id like 'fivetran_shopify:%'
                and of_mailchimp.source_customer_id like 'fivetran_mailchimp:%'
    """
    assert result.rows(query) == [(len(MEMBERS) - 1,)]


def test_each_activity_is_an_event_once(result):
    query = "select event_name, count(distinct event_id) from raw.events group by 1"
    assert dict(result.rows(query)) == {"open": 1, "click": 2, "sent": 1}
    query = "select count(*) from marts.customers where engagement_points > 0 and messages_sent_90d = 1"
    assert result.rows(query) == [(1,)]


def test_campaigns_that_are_deleted_are_left_out(result):
    assert sorted(result.rows("select name, channel from raw.campaigns")) == [
        ("Not sent", "email"),
        ("Summer", "email"),
    ]


def test_notes_count(result):
    assert (
        f"{SOURCE}: members of 2 lists are taken together: of what a person said on them the last word counts."
        in result.notes
    )


@needs_data
def test_the_seeds_of_the_package_are_read(exports, tmp_path):
    (tmp_path / SOURCE).symlink_to(SHAPES / "mailchimp")
    (tmp_path / SHOP).symlink_to(exports / SHOP)
    raw_dir, _ = adapt(tmp_path, SHOP, SOURCE, out_dir=tmp_path / "out")

    def rows(table: str, query: str) -> list[tuple]:
        found = duckdb.sql(f"from '{raw_dir}/{table}/{SOURCE}.parquet'")
        return found.query("found", query).fetchall()

    tables = {
        name: read_tables(SHAPES / "mailchimp")[name]
        for name in (
            "member",
            "unsubscribe",
            "campaign_recipient",
            "campaign_recipient_activity",
            "automation_recipient_activity",
        )
    }
    said = len({(row["id"], row["list_id"]) for row in tables["member"]}) + len(tables["unsubscribe"])
    assert rows("consent", "select count(*) from found") == [(said,)]
    assert rows("consent", "select status from found where status <> 'subscribed' order by 1") == [
        ("opted_out",),
        ("unsubscribed",),
    ]
    assert rows("customers", "select count(*) from found") == [(len({row["id"] for row in tables["member"]}),)]
    events = [tables[name] for name in tables if name.endswith(("activity", "recipient"))]
    assert rows("events", "select count(*) from found") == [(sum(map(len, events)),)]
    assert rows("campaigns", "select count(*) from found") == [(3,)]
