"""What traits rest on, and what of it was brought ("What a trait needs")."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from .reading import TableReading
from .rules import Clause, TraitRow

# Alternatives are separated by a slash. The last ones are no traits: columns of customers beside them.
_NEEDS = {
    "orders": "recency_score frequency_score monetary_score rfm_segment lifecycle_stage value_tier "
    "purchase_cadence_days overdue_ratio gross_revenue_life is_churned value_basis",
    "refunds": "refunded_amount_life",
    "orders.discount_amount": "discounted_order_share",
    "events": "engagement_tier engagement_points engagement_points_7d_ago engagement_change_7d usage_change_14d",
    "orders events": "days_since_last_interaction days_since_abandoned_cart",
    "orders events.product_id/events.category": "repeat_views_7d",
    "orders order_items.product_id products.is_consumable": "days_past_replenishment",
    "subscriptions.renews_at": "days_until_renewal",
    "subscriptions": "is_subscribed",
    "subscriptions.trial_ends_at/subscriptions.status": "is_in_trial",
    "subscriptions.monthly_amount": "has_paid_subscription",
    "subscriptions.cancelled_at/subscriptions.status": "has_cancelled_subscription",
    "support_tickets": "open_tickets_30d",
    "support_tickets.nps": "lowest_nps_30d",
    "support_tickets.satisfaction": "lowest_satisfaction_30d",
    "order_items.category/events.category": "top_category",
    "orders order_items.category": "categories_bought_life",
    "consent": "has_consent_email has_consent_sms has_consent_push has_consent_ads",
}
_COLUMNS_OF_CUSTOMERS = {
    "country", "language", "timezone", "loyalty_tier", "acquisition_channel", "acquisition_cost", "birth_date",
    "signed_up_at",
}  # fmt: skip
_EVENT_COLUMNS = {"product": "product_id", "category": "category", "source": "source", "campaign": "campaign_id"}


def _needs_of_row(row: TraitRow) -> str:
    """What a row of ``traits.csv`` needs, written as in ``_NEEDS``."""
    if row.measure == "attribute":
        column = row.scope_value.strip().lower()
        if row.scope == "key":
            return "customers.attributes"
        return f"customers.{column}" if column in _COLUMNS_OF_CUSTOMERS else "customers"
    if row.activity == "ticket_opened":
        return "support_tickets"
    channel = " orders.channel" if row.scope == "order_channel" else ""
    if row.activity == "refunded":
        return f"refunds{channel}"
    if row.activity == "ordered":
        if row.scope in ("product", "category"):
            column = "product_id" if row.scope == "product" else "category"
            price = " order_items.unit_price" if row.measure == "revenue" else ""
            return f"orders order_items.{column}{price}"
        return ("orders order_items" if row.measure == "quantity" else "orders") + channel
    if row.scope in ("any", "channel"):
        return "events"
    return f"events.{_EVENT_COLUMNS.get(row.scope, 'properties')}"


@dataclass(frozen=True)
class Brought:
    """The tables with usable rows, and their columns with values."""

    feeds: frozenset[str]

    def lacks(self, needs: str) -> frozenset[str]:
        """What is to be brought before all needs are met."""
        return frozenset(filter(None, map(self._lacks, needs.split())))

    def _lacks(self, need: str) -> str:
        feeds = need.split("/")
        if any(map(self._has, feeds)):
            return ""
        return " or ".join(sorted({self._to_bring(feed) for feed in feeds}))

    def _has(self, feed: str) -> bool:
        table, _, column = feed.partition(".")
        by_product = column == "category" and {f"{table}.product_id", "products.category"} <= self.feeds
        return feed in self.feeds or by_product

    def _to_bring(self, feed: str) -> str:
        table, _, column = feed.partition(".")
        if table not in self.feeds:
            return table
        return f"{feed} or products.category" if column == "category" else feed


def brought(readings: dict[str, TableReading]) -> Brought:
    """What the usable rows of the raw tables hold."""
    feeds = set()
    for name, reading in readings.items():
        for row in (version.row for version in reading.versions if version.is_known):
            feeds.add(name)
            feeds.update(f"{name}.{column}" for column, value in row._asdict().items() if value is not None)
    return Brought(frozenset(feeds))


def lacks_of_traits(there: Brought, rows: tuple[TraitRow, ...]) -> dict[str, frozenset[str]]:
    """Per trait that cannot be computed what is to be brought."""
    needs = {trait: written for written, traits in _NEEDS.items() for trait in traits.split()}
    needs |= {row.trait: _needs_of_row(row) for row in rows}
    return {trait: lacks for trait, written in needs.items() if (lacks := there.lacks(written))}


def lacks_of_segment(clauses: tuple[Clause, ...], lacks: dict[str, frozenset[str]]) -> frozenset[str]:
    """What a behavioural segment lacks: nothing if some group has all, else what the group does that lacks least."""
    groups: dict[int, set[str]] = defaultdict(set)
    for clause in clauses:
        groups[int(clause.group)] |= lacks.get(clause.trait, frozenset())
    return frozenset(min(sorted(groups.items()), key=lambda group: len(group[1]))[1])
