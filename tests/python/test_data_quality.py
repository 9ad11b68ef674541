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
    names = {subject: affected for (metric, _, subject), (affected, _) in quality.items() if metric.startswith("unmap")}
    assert names == {"Opened Email": 5, "teleported": 4}
