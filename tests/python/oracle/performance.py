"""How segments perform: one dict of measures per segment that has members."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

from .values import round_half_away

CHANNELS = ("email", "sms", "push", "ads")
KINDS = {"rfm": "rfm_segment", "lifecycle": "lifecycle_stage", "value": "value_tier", "engagement": "engagement_tier"}


def order_gaps(orders: list) -> list[int]:
    """Days between the order days of one customer."""
    ages = sorted({order.age for order in orders}, reverse=True)
    return [before - day for before, day in pairwise(ages)]


def memberships(customers: dict[str, dict], behaviour: dict[str, set[str]]) -> dict[str, set[str]]:
    """The members of every segment of every kind that has any."""
    members: dict[str, set[str]] = defaultdict(set)
    for customer_id, traits in customers.items():
        for kind, column in KINDS.items():
            if traits[column] is not None:
                members[f"{kind}_{traits[column]}"].add(customer_id)
    return dict(members) | {key: ids for key, ids in behaviour.items() if ids}


def performance(
    customers: dict[str, dict], members: dict[str, set[str]], gaps: dict[str, list[int]], carted: set[str]
) -> dict[str, dict[str, Any]]:
    """The measures of every segment with members; ``carted``: put something in a cart in the last 30 days."""
    return {key: _measures(sorted(ids), customers, gaps, carted) for key, ids in members.items()}


def _ratio(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    return round_half_away(Decimal(part) / Decimal(whole), 6) if whole and part is not None else None


def _measures(ids: list[str], customers: dict, gaps: dict, carted: set[str]) -> dict[str, Any]:
    rows = [customers[customer_id] for customer_id in ids]

    def total(column: str, of: list[dict] | None = None) -> Decimal | None:
        values = [row[column] for row in (rows if of is None else of)]
        return None if None in values else sum(values, Decimal(0))

    everyone = list(customers.values())
    buyers = [row for row in rows if row["orders_life"]]
    sent = [row for row in rows if row["messages_sent_90d"]]
    answered = [row for row in sent if row["messages_opened_90d"] or row["messages_clicked_90d"]]
    carts = [customer_id for customer_id in ids if customer_id in carted]
    abandoned = [one for one in carts if customers[one]["days_since_abandoned_cart"] is not None]
    by_category = [row for row in rows if row["categories_bought_life"]]
    all_gaps = [gap for customer_id in ids for gap in gaps[customer_id]]
    gross, orders = total("gross_revenue_life"), total("orders_life")
    return {
        "customers": len(ids),
        "customer_share": _ratio(len(ids), len(everyone)),
        "net_revenue_365d": total("net_revenue_365d"),
        "net_revenue_life": total("net_revenue_life"),
        "revenue_share_365d": _ratio(total("net_revenue_365d"), total("net_revenue_365d", everyone)),
        "revenue_share_life": _ratio(total("net_revenue_life"), total("net_revenue_life", everyone)),
        "average_order_value": round_half_away(gross / orders, 2) if orders and gross is not None else None,
        "orders_per_customer": _ratio(total("orders_life"), len(buyers)),
        "repeat_purchase_rate": _ratio(sum(row["orders_life"] > 1 for row in buyers), len(buyers)),
        "median_days_between_orders": Decimal(str(median(all_gaps))) if all_gaps else None,
        "churn_rate": _ratio(sum(bool(row["is_churned"]) for row in buyers), len(buyers)),
        "engagement_rate": _ratio(len(answered), len(sent)),
        "cart_abandonment_rate": _ratio(len(abandoned), len(carts)),
        "cross_category_rate": _ratio(sum(row["categories_bought_life"] > 1 for row in by_category), len(by_category)),
        **{
            f"contactable_share_{channel}": _ratio(sum(row[f"is_contactable_{channel}"] for row in rows), len(rows))
            for channel in CHANNELS
        },
        "refund_rate": _ratio(total("refunded_amount_life"), total("gross_revenue_life")),
    }
