"""What `marts.data_quality` counts of rows that are planted, one by one, on either side of what counts."""

from datetime import datetime, timedelta

import pytest
from compiled import CompiledProject
from conftest import SAMPLE_DAY
from ladders import Ladders

# Per table the column that says when a row happened.
OWN_TIMES = {
    "orders": "ordered_at",
    "refunds": "refunded_at",
    "customers": "signed_up_at",
    "identities": "linked_at",
    "events": "occurred_at",
    "consent": "occurred_at",
    "support_tickets": "opened_at",
    "subscriptions": "started_at",
}
# What a row needs besides its key and its time.
REQUIRED = {
    "orders": {"amount": "5"},
    "refunds": {"amount": "5"},
    "identities": {"identifier_type": "device", "identifier": "phone"},
    "events": {"event_name": "page_viewed"},
    "consent": {"channel": "email", "status": "opted_in"},
}
# How long after it happened a row was loaded, and whether it is late.
DELAYS = {
    timedelta(hours=1): False,
    timedelta(days=1): False,
    timedelta(days=1, seconds=1): True,
    timedelta(hours=36): True,
    timedelta(days=2): True,
    timedelta(days=30): True,
}


class WholeProject(CompiledProject):
    """With the models that only count."""

    left_out = frozenset()


@pytest.fixture(scope="module")
def quality(tmp_path_factory) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Rows concerned and rows looked at, per metric, table and subject."""
    planted = Ladders(SAMPLE_DAY)
    _late_rows(planted)
    _orphans(planted)
    _event_names(planted)
    _versions(planted)
    _consent(planted)
    project = WholeProject(tmp_path_factory.mktemp("quality"), {"as_of_date": SAMPLE_DAY.isoformat()})
    connection = project.open_database()
    project.replay(connection, planted.rows)
    query = "select metric, table_name, subject, affected_rows, total_rows from marts.data_quality"
    return {tuple(row[:3]): tuple(row[3:]) for row in connection.execute(query).fetchall()}


def _late_rows(planted: Ladders) -> None:
    """One row per table and delay, and one that does not say when it was loaded."""
    happened = datetime.fromisoformat(planted.at(40))
    for table, own_time in OWN_TIMES.items():
        for number, delay in enumerate([*DELAYS, None]):
            row = {"customer_id": f"late {number}", **REQUIRED.get(table, {}), own_time: happened}
            planted.add(table, **row, loaded_at=delay and happened + delay)


def _orphans(planted: Ladders) -> None:
    """Events of campaigns that are there and that are not; and such as name no campaign in the row that counts."""
    planted.add("customers", customer_id="known")
    planted.add("campaigns", campaign_id="spring")
    for event, campaign in (("of spring", "spring"), ("of winter", "winter"), ("of no campaign", None)):
        planted.event("known", "logged_in", event_id=event, campaign_id=campaign)
    planted.event("known", "logged_in", event_id="corrected", campaign_id="autumn", loaded_at=planted.at(0, 13))
    planted.event("known", "logged_in", event_id="corrected", campaign_id="spring", loaded_at=planted.at(0, 14))
    planted.event("known", "logged_in", event_id="set aside", campaign_id="autumn", loaded_at=planted.at(9))
    planted.add("order_items", order_id="nobody's", line_number=1, product_id="of no product table")


def _event_names(planted: Ladders) -> None:
    """Names that the taxonomy has for every source, for the source of the event, and for another one only."""
    for times, source, name in (
        (1, None, "page_viewed"), (1, "ga4", "page_viewed"), (1, "Klaviyo", "Opened Email"),
        (2, "ga4", "Opened Email"), (3, None, "Opened Email"), (4, "ga4", "teleported"),
    ):  # fmt: skip
        planted.event("known", name, times=times, source=source)


def _versions(planted: Ladders) -> None:
    """Orders of one key: two of two customers, a correction, and a copy."""
    for order, versions in {
        "of two shops": ({"customer": "ours"}, {"customer": "theirs"}),
        "corrected": ({"status": "paid"}, {"status": "cancelled", "loaded_at": planted.at(3, 13)}),
        "copied": ({}, {}),
    }.items():
        for version in versions:
            planted.order(**{"customer": "known", "age": 3, "order_id": order, **version})


def _consent(planted: Ladders) -> None:
    """Per channel what one metric is about, beside an opt-in that nothing holds back."""
    for customer, channel, status, age in (
        ("granted", "sms", "opted_in", 4), ("merged", "sms", "opted_in", 4), ("other id", "sms", "opted_out", 5),
        ("kept", "push", "opted_in", 4), ("leaves", "push", "opted_in", 4), ("leaves", "push", "opted_out", -1),
        ("of another system", "ads", "opted_out", 4),
    ):  # fmt: skip
        planted.add("consent", customer_id=customer, channel=channel, status=status, occurred_at=planted.at(age))
    for customer in ("merged", "other id"):
        planted.add("identities", identifier_type="device", identifier="shared", customer_id=customer)
    planted.add("customers", customer_id="leaves")
    grant = {"channel": "ads", "status": "opted_in", "occurred_at": planted.at(4)}
    planted.add("consent", customer_id="known", purpose="profiling", **grant)


@pytest.mark.parametrize("table", OWN_TIMES)
def test_a_row_is_late_that_was_loaded_more_than_a_day_after_it_happened(table, quality):
    late, rows = quality["late_share", table, "loaded_at"]
    assert late == sum(DELAYS.values())
    assert rows >= len(DELAYS) + 1


def test_only_staged_rows_are_orphans(quality):
    assert quality["orphan_ids", "events", "campaign_id"] == (1, 3)


def test_rows_are_no_orphans_of_a_table_that_was_not_brought(quality):
    assert quality["orphan_ids", "order_items", "product_id"] == (0, 0)
    assert quality["orphan_ids", "order_items", "order_id"] == (1, 1)


def test_a_name_that_is_known_from_another_source_is_unmapped(quality):
    assert subjects_of(quality, "unmapped_event_name", "events") == {"Opened Email": 5, "teleported": 4}


def subjects_of(quality: dict, metric: str, table: str) -> dict[str, int]:
    """How many rows a metric counts, by its subjects in a table."""
    return {key[2]: affected for key, (affected, _) in quality.items() if key[:2] == (metric, table)}


def test_versions_that_differ_in_more_than_being_copies_are_counted(quality):
    assert subjects_of(quality, "differing_versions", "orders") == {"customer_id": 1, "status": 1}
    assert subjects_of(quality, "contradicting_versions", "orders") == {"customer_id": 1}
    assert quality["differing_versions", "orders", "status"] == (1, 3)
    assert subjects_of(quality, "contradicting_versions", "events") == {}


def test_opt_ins_that_another_id_of_the_person_holds_back_are_counted(quality):
    assert quality["opt_ins_held_back", "consent", "sms marketing"] == (1, 2)
    assert quality["opt_ins_held_back", "consent", "push marketing"] == (0, 2)


def test_consent_that_is_withdrawn_after_the_day_is_counted(quality):
    assert quality["withdrawn_after_day", "consent", "push marketing"] == (1, 2)
    assert quality["withdrawn_after_day", "consent", "sms marketing"] == (0, 1)


def test_withdrawals_of_ids_that_no_other_table_knows_are_counted(quality):
    assert quality["withdrawals_of_strangers", "consent", "customer_id"] == (1, 3)


def test_a_purpose_that_the_rules_do_not_know_is_counted(quality):
    assert subjects_of(quality, "unmapped_consent_purpose", "consent") == {"ads profiling": 1}
